/** `Kafka`: the client that programs begin with. It holds the connections that all else shares. */

import type { RecordMetadata } from './accumulator.ts'
import { Admin } from './admin.ts'
import { Cluster } from './cluster.ts'
import { ClosedError } from './errors.ts'
import { resolveKafkaOptions } from './kafka-options.ts'
import type { KafkaOptions, ResolvedKafkaOptions } from './kafka-options.ts'
import type { Platform } from './platform.ts'
import { resolveDelivery, type ProducerConfig } from './producer-options.ts'
import { Producer, type SendOptions } from './producer.ts'
import { Sender } from './sender.ts'

export class Kafka {
  readonly #options: ResolvedKafkaOptions
  readonly #cluster: Cluster
  readonly #admin: Admin
  /** By what their producers agree on. */
  readonly #senders = new Map<string, Sender>()
  #closing: Promise<void> | undefined

  /** Nothing connects before the first operation. @throws InvalidOptionError */
  constructor(options: KafkaOptions = {}, platform: Platform) {
    this.#options = resolveKafkaOptions(options, platform)
    this.#cluster = new Cluster(this.#options, platform)
    this.#admin = new Admin(this.#cluster)
  }

  /** Where the brokers are. */
  get url(): string {
    return this.#options.url
  }

  get admin(): Admin {
    return this.#admin
  }

  /**
   * Returns a producer for `topic`. Producers that are configured alike share batches and memory,
   * so one more of them costs nothing.
   *
   * @throws InvalidOptionError
   */
  producer<Value = unknown, Key = string>(
    topic: string,
    config: ProducerConfig<Value, Key> = {},
  ): Producer<Value, Key> {
    return new Producer(topic, this.#cluster, this.#senderFor(config), config)
  }

  /** Sends one record. */
  produce<Value = unknown, Key = string>(
    topic: string,
    value: Value | null,
    options: SendOptions<Key> & Pick<ProducerConfig<Value, Key>, 'acks' | 'compression'> = {},
  ): Promise<RecordMetadata> {
    const { acks, compression, ...send } = options
    const config = {
      ...(acks === undefined ? {} : { acks }),
      ...(compression ? { compression } : {}),
    }
    return this.producer<Value, Key>(topic, config).send(value, send)
  }

  /**
   * Sends what is left, closes consumers and connections. It always settles, also where the broker
   * is gone: what could not be sent in time is rejected.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #senderFor<Value, Key>(config: ProducerConfig<Value, Key>): Sender {
    if (this.#closing) throw new ClosedError('the client is closed')
    const delivery = resolveDelivery(config, this.#options.timeoutMs)
    const key = JSON.stringify(delivery)
    let sender = this.#senders.get(key)
    if (!sender) {
      sender = new Sender(this.#cluster, delivery)
      this.#senders.set(key, sender)
    }
    return sender
  }

  async #close(): Promise<void> {
    const senders = [...this.#senders.values()]
    await Promise.all(senders.map((sender) => sender.flush()))
    for (const sender of senders) sender.close()
    await this.#cluster.close()
  }
}
