/**
 * What `MockKafka` is on every platform: a client and the real broker, in memory, in one object.
 * There is no second implementation of anything: what works here works against a server.
 */

import { Broker } from '../broker/broker.ts'
import type { BrokerOptions } from '../broker/broker-options.ts'
import { durationMs, type Duration } from '../client/failure/duration.ts'
import type { KafkaOptions, OperationOptions } from '../client/settings/kafka-options.ts'
import type { KafkaRecord } from '../client/record/kafka-record.ts'
import type { Sendable } from '../client/producer/producer.ts'
import { inProcessDialer } from '../connection/in-process.ts'
import type { ErrorName } from '../protocol/error-codes.ts'
import type { Codecs } from '../record/compression.ts'
import { silentLogger, type Clock, type Logger } from '../runtime/runtime.ts'
import { systemClock, systemGiveWay, systemRandom } from '../runtime/system-runtime.ts'
import { MemoryStorage } from '../storage/memory-storage.ts'
import type { OpenStateFolder } from '../streams/stores/local-store.ts'
import { Kafka } from '../streams/streaming-kafka.ts'
import type { FailableApi } from './error-answers.ts'
import { FaultyBroker } from './faulty-broker.ts'
import type { ListenOn, ListeningPort } from './listening-port.ts'

/** The options of a `MockKafka`: those of a client, but for where it is, and its broker's. */
export interface MockKafkaOptions extends Omit<KafkaOptions, 'url' | 'apiKey'> {
  /**
   * The time that broker and client live in. With a `ManualClock` nothing times out, and nobody is
   * thrown out of a group, until the test says so.
   *
   * @default the real time
   */
  readonly clock?: Clock
  /** What the broker is told. @default those of a server, but for a group that begins at once */
  readonly broker?: BrokerOptions
}

/** What the test kit takes from the platform it runs on. */
export interface MockPlatform {
  readonly codecs: Codecs
  /** Those that answer at once, since a broker does not wait for any. */
  readonly brokerCodecs: Codecs
  /** Where there are files. */
  readonly loadStateFolders?: () => Promise<OpenStateFolder>
  /** Opens a port, where there are any. */
  readonly listenOn?: ListenOn
}

/** A client and a broker of its own, in memory: for tests, in any test runner. */
export class MockKafka extends Kafka {
  readonly #broker: Broker
  readonly #faults: FaultyBroker
  readonly #logger: Logger
  readonly #listenOn: ListenOn | undefined
  readonly #ports: ListeningPort[] = []

  /** Opens a new and empty broker. */
  constructor(options: MockKafkaOptions, platform: MockPlatform) {
    const { codecs, brokerCodecs, loadStateFolders } = platform
    const { clock = systemClock, broker: brokerOptions = {}, ...clientOptions } = options
    const logger = options.logger ?? silentLogger
    const groups = { initialRebalanceDelayMs: 0, ...brokerOptions.groups }
    const broker = Broker.open({
      storage: new MemoryStorage(),
      clock,
      random: systemRandom,
      logger,
      codecs: brokerCodecs,
      options: { ...brokerOptions, groups },
      onFailure: (error) => logger.error('the mock broker has stopped', { error: error.message }),
    })
    const faults = new FaultyBroker(broker, clock)
    const dialer = inProcessDialer(faults, { logger, giveWay: systemGiveWay })
    super(
      { ...clientOptions, url: 'memory:' },
      {
        transports: { memory: () => ({ dialer }) },
        clock,
        random: systemRandom,
        codecs,
        env: {},
        logger,
        ...(loadStateFolders ? { loadStateFolders } : {}),
      },
    )
    this.#broker = broker
    this.#faults = faults
    this.#logger = logger
    this.#listenOn = platform.listenOn
  }

  /** Writes values, or messages with keys and headers, to `topic`; creates it if missing. */
  async seed<Value>(topic: string, values: readonly Sendable<Value>[]): Promise<void> {
    await this.producer<Value>(topic).sendBatch(values)
  }

  /** Returns all records of `topic`, partition by partition, as they are now. */
  async getMessages<Value = unknown>(topic: string): Promise<KafkaRecord<Value>[]> {
    const ends = await this.admin.listOffsets(topic, 'latest')
    const starts = await this.admin.listOffsets(topic, 'earliest')
    const records: KafkaRecord<Value>[] = []
    if (ends.every(({ offset }, index) => offset === starts[index]!.offset)) return records
    const consumer = this.consumer<Value>(topic, { fetchMaxWaitMs: 1 })
    // What is last may be no record but the end of a transaction: the consumer knows.
    const live = new Promise<undefined>((resolve) => {
      consumer.onStatus((status) => status === 'live' && resolve(undefined))
    })
    for (;;) {
      const next = consumer.next()
      const record = await (consumer.isDrained ? undefined : Promise.race([next, live]))
      if (record) records.push(record)
      else if (consumer.isDrained) break
      else records.push((await next)!)
    }
    await consumer.close()
    return records.sort((a, b) => a.partition - b.partition || a.offset - b.offset)
  }

  /** Has the broker refuse the next requests of a kind, with an error of the Kafka protocol. */
  failNext(api: FailableApi, error: ErrorName, { times = 1 } = {}): void {
    this.#faults.failNext(api, error, times)
  }

  /**
   * Breaks the connection instead of the next answer of a kind. What was asked for is done all the
   * same, unless `applied` is false.
   */
  disconnectNext(api: FailableApi, { applied = true } = {}): void {
    this.#faults.disconnectNext(api, applied)
  }

  /** Breaks all connections; clients connect anew. */
  disconnect(): void {
    this.#faults.disconnect()
  }

  /** Has each answer take so long; 0 is as fast as can be. */
  latency(duration: Duration): void {
    this.#faults.latencyMs = durationMs('latency', duration)
  }

  /**
   * Opens a port on loopback for other clients; resolves with its `host:port`.
   *
   * @throws Error where the platform has no ports: browsers, Workers
   */
  async listen(port = 0): Promise<string> {
    if (!this.#listenOn) throw new Error('this platform has no ports to listen on')
    const listening = await this.#listenOn(this.#faults, { port, logger: this.#logger })
    this.#ports.push(listening)
    return listening.address
  }

  override async close(options?: OperationOptions): Promise<void> {
    // To leave groups would wait for a clock that nobody may advance any more.
    this.#faults.latencyMs = 0
    await super.close(options)
    for (const port of this.#ports.splice(0)) await port.close()
    await this.#broker.close()
  }
}
