/** `kafka.do/react`: topics in React components. React 18 and 19. */

'use client'

export { KafkaProvider, useKafka, type KafkaProviderProps } from './kafka-provider.ts'
export { useProducer, type ProducerState, type ProducerView } from './use-producer.ts'
export type { TopicState } from './topic-store.ts'
export { useTopic } from './use-topic.ts'
export type { TopicStatus, TopicView, UseTopicOptions } from './use-topic.ts'
