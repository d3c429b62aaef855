/** Events that are published to topics: classes that say where they go, and what publishes them. */

import type { RecordMetadata } from '../client/producer/accumulator.ts'
import { InvalidOptionError } from '../client/failure/errors.ts'
import type { Kafka } from '../client/kafka.ts'
import type { HeadersInput } from '../client/producer/producer.ts'

/** What is made of an event. */
export interface EventRoute<Event> {
  /** Events with the same key stay in order. @default none */
  readonly key?: (event: Event) => string | null
  /** What is sent of the event. @default the event itself, as JSON */
  readonly value?: (event: Event) => unknown
  /** Facts about the event that are not part of it. @default none */
  readonly headers?: (event: Event) => HeadersInput
  /** When it happened. @default now */
  readonly timestamp?: (event: Event) => Date | number
}

interface RoutedEvent {
  readonly topic: string
  readonly route: EventRoute<object>
}

const routes = new WeakMap<object, RoutedEvent>()

/** Says to which topic the events of a class go, and those of classes that extend it. */
export function KafkaEvent<Event extends object>(topic: string, route: EventRoute<Event> = {}) {
  return (target: abstract new (...args: never[]) => Event): void => {
    routes.set(target, { topic, route: route as EventRoute<object> })
  }
}

/** Publishes events of classes with `@KafkaEvent`. It has the shape of Nest's event publishers. */
export class KafkaEvents {
  readonly #kafka: Kafka

  /** Nest makes it, where `KafkaModule` is imported. */
  constructor(kafka: Kafka) {
    this.#kafka = kafka
  }

  /** Resolves once the event is stored. @throws InvalidOptionError where its class has no topic */
  async publish(event: object): Promise<RecordMetadata> {
    const { topic, route } = routeOf(event)
    const { key, headers, timestamp, value } = route
    return this.#kafka.producer(topic).send(value ? value(event) : event, {
      key: key?.(event) ?? null,
      ...(headers ? { headers: headers(event) } : {}),
      ...(timestamp ? { timestamp: timestamp(event) } : {}),
    })
  }

  /** Publishes all of them; rejected with the first error, once all have ended. */
  async publishAll(events: readonly object[]): Promise<void> {
    const settled = await Promise.allSettled(events.map((event) => this.publish(event)))
    const failure = settled.find(({ status }) => status === 'rejected')
    if (failure) throw (failure as PromiseRejectedResult).reason
  }
}

function routeOf(event: object): RoutedEvent {
  for (let target: unknown = event.constructor; typeof target === 'function';) {
    const route = routes.get(target)
    if (route) return route
    target = Object.getPrototypeOf(target)
  }
  throw new InvalidOptionError({
    option: 'event',
    expected: 'of a class with @KafkaEvent',
    actual: event.constructor.name,
  })
}
