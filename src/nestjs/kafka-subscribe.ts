/** `@KafkaSubscribe`: says that a method handles the records of a topic. */

import type { ConsumerConfig } from '../client/consumer/consumer-options.ts'
import type { ProcessOptions } from '../client/consumer/process-options.ts'

/**
 * How records are read and handled: what `kafka.consumer` and `consumer.process` take. A record
 * whose handler fails is tried again, then goes to `deadLetter`. Where that is not said, the
 * subscription begins anew after a while, with the same record, for as long as it takes.
 */
export interface KafkaSubscribeOptions<Value = unknown, Key = string>
  extends
    Omit<ConsumerConfig<Value, Key>, 'group' | 'autoCommit' | 'signal'>,
    Omit<ProcessOptions, 'signal'> {
  /**
   * The consumer group: the processes of the application share the partitions between them.
   * `false` is none: each process has all records, from `offset` on.
   */
  readonly group: string | false
  /** The name of the client, where there are several. */
  readonly client?: string
}

export interface SubscriptionPlan {
  readonly topics: string | readonly string[] | RegExp
  readonly options: KafkaSubscribeOptions
}

const plansKey = Symbol.for('kafka.do/subscriptions')

/** Methods with the plans of their subscriptions. */
interface Planned {
  [plansKey]?: SubscriptionPlan[]
}

/**
 * Has Nest call the method with each record, and with the attempt and a signal, once the
 * application is up: `(record: KafkaRecord<Value>, context: HandlerContext) => unknown`. Guards,
 * interceptors and filters apply; the type of their context is 'kafka'.
 */
export function KafkaSubscribe<Value = unknown, Key = string>(
  topics: string | readonly string[] | RegExp,
  options: KafkaSubscribeOptions<Value, Key>,
): MethodDecorator {
  return (_target, _name, descriptor) => {
    const method = descriptor.value as Planned
    const plan = { topics, options: options as unknown as KafkaSubscribeOptions }
    method[plansKey] = [...(method[plansKey] ?? []), plan]
  }
}

/** Returns what `@KafkaSubscribe` said about `method`. */
export function plansOf(method: unknown): readonly SubscriptionPlan[] {
  return (typeof method === 'function' && (method as Planned)[plansKey]) || []
}
