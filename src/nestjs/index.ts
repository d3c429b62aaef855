/**
 * `kafka.do/nestjs`: a client, producers, handlers and events for Nest applications. Transport
 * and client proxy of microservices are in `kafka.do/nestjs/microservices`.
 */

export { KafkaEvent, KafkaEvents, type EventRoute } from './kafka-events.ts'
export { KafkaModule } from './kafka-module.ts'
export type {
  KafkaModuleAsyncOptions,
  KafkaModuleExtras,
  KafkaModuleOptions,
  TopicProducer,
} from './kafka-module.ts'
export { KafkaSubscribe, type KafkaSubscribeOptions } from './kafka-subscribe.ts'
export { KafkaSubscriptions } from './kafka-subscriptions.ts'
export { nestLogger } from './nest-logger.ts'
export type { SubscriptionState } from './subscription.ts'
export {
  getKafkaToken,
  getProducerToken,
  getSubscriptionsToken,
  InjectKafka,
  InjectProducer,
} from './tokens.ts'
