/** By which names clients and producers are injected. */

import { Inject } from '@nestjs/common'
import { Kafka } from '../index-node.ts'
import { KafkaSubscriptions } from './kafka-subscriptions.ts'

/** Returns the token of a client: the class `Kafka` itself, but for clients with a name. */
export function getKafkaToken(name?: string): typeof Kafka | string {
  return name === undefined ? Kafka : `Kafka(${name})`
}

/** Returns the token of a producer that `KafkaModule.forFeature` has made. */
export function getProducerToken(topic: string, client?: string): string {
  return client === undefined ? `KafkaProducer(${topic})` : `KafkaProducer(${topic}, ${client})`
}

/** Returns the token of what runs the subscriptions of a client: the class, but for named ones. */
export function getSubscriptionsToken(client?: string): typeof KafkaSubscriptions | string {
  return client === undefined ? KafkaSubscriptions : `KafkaSubscriptions(${client})`
}

/** Injects the client of that name. Without one, the type `Kafka` alone does as well. */
export function InjectKafka(name?: string): ParameterDecorator & PropertyDecorator {
  return Inject(getKafkaToken(name))
}

/** Injects a producer that `KafkaModule.forFeature` has made. */
export function InjectProducer(
  topic: string,
  client?: string,
): ParameterDecorator & PropertyDecorator {
  return Inject(getProducerToken(topic, client))
}
