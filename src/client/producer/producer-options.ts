/** The options of a producer, checked once. */

import { compressionNames, type CompressionName } from '../../record/compression.ts'
import { durationMs } from '../failure/duration.ts'
import { InvalidOptionError } from '../failure/errors.ts'
import { refuse } from '../failure/refuse.ts'
import type { WriterSerdeInput } from '../record/serde.ts'
import { oneOf, wholeNumber, type OperationOptions } from '../settings/kafka-options.ts'
import type { Partitioner } from './partitioner.ts'

/** The options of `kafka.producer`. */
export interface ProducerConfig<Value = unknown, Key = string> {
  /** How values become bytes: a serde, its name, or a Standard Schema. @default 'json' */
  readonly value?: WriterSerdeInput<Value>
  /**
   * How keys become bytes. A schema says their type, too, and so does a serde, such as `bytes` of
   * the package. A name does not: with `'bytes'`, the type of the keys has to be a type argument.
   *
   * @default 'string'
   */
  readonly key?: WriterSerdeInput<Key>
  /**
   * Size in bytes at which a batch is full. Larger ones are cheaper for each record, and compress
   * better; a record that is larger still is a batch of its own. It is to be no larger than the
   * `maxMessageBytes` of a topic, which refuses a larger batch with all of its records.
   *
   * @default 16384
   */
  readonly batchSize?: number
  /**
   * The longest that a record waits for others to share its batch, in milliseconds. It waits only
   * while the broker is busy with an earlier request: the first goes out at once.
   *
   * @default 5
   */
  readonly lingerMs?: number
  /** Which codecs there are depends on the platform: browsers have no zstd. @default 'none' */
  readonly compression?: CompressionName
  /**
   * When a record counts as sent: `'all'` when the broker has made it durable, 1 when the leader
   * has it, 0 at once, without knowing.
   *
   * @default 'all'
   */
  readonly acks?: 'all' | 1 | 0
  /**
   * Whether the broker sees to it that a record that is sent again is stored once. It needs `acks`
   * to be `'all'`.
   *
   * @default whether `acks` is 'all'
   */
  readonly idempotent?: boolean
  /** How often a batch is sent again after a failure that may pass. @default the client's, 3 */
  readonly retries?: number
  /** The wait before the first of these, in milliseconds; it doubles each time. @default 100 */
  readonly retryBackoffMs?: number
  /**
   * Requests to one broker that wait for an answer; up to 5 where idempotent. Where not, what is
   * sent again may come after what was sent later, unless it is 1.
   *
   * @default 5
   */
  readonly maxInFlight?: number
  /** Bytes of records that were not acknowledged yet, above which `send` waits. @default 32 MiB */
  readonly bufferBytes?: number
  /** How long a record may take from `send` to its acknowledgement. @default the client's */
  readonly timeout?: OperationOptions['timeout']
  /** Chooses partitions. @default as Kafka does: by the key, else one that fills a batch */
  readonly partitioner?: Partitioner
}

/** What producers must agree on to share batches and connections. */
export interface DeliveryOptions {
  readonly batchBytes: number
  readonly lingerMs: number
  readonly compression: CompressionName
  readonly acks: -1 | 0 | 1
  readonly isIdempotent: boolean
  readonly retries: number
  readonly retryBackoffMs: number
  readonly maxInFlight: number
  readonly bufferBytes: number
  readonly timeoutMs: number
}

/** A broker remembers as many batches of an idempotent producer, to know them again. */
const idempotentMaxInFlight = 5

/** How a record is made is the producer's own affair, and not looked at here. */
type OwnOptions = 'value' | 'key' | 'partitioner'
type DeliveryConfig = Omit<ProducerConfig, OwnOptions> & { readonly [Name in OwnOptions]?: unknown }

/** @throws InvalidOptionError, naming the option that cannot work; `client` has the defaults */
export function resolveDelivery(
  config: DeliveryConfig,
  client: { readonly timeoutMs: number; readonly retries: number },
): DeliveryOptions {
  const {
    batchSize = 16384,
    lingerMs = 5,
    compression = 'none',
    acks = 'all',
    idempotent = acks === 'all',
    retries = client.retries,
    retryBackoffMs = 100,
    maxInFlight = idempotentMaxInFlight,
    bufferBytes = 32 * 1024 * 1024,
    timeout,
    value: _value,
    key: _key,
    partitioner: _partitioner,
    ...others
  } = config
  refuse(others)
  oneOf('acks', acks, ['all', 1, 0])
  wholeNumber('maxInFlight', maxInFlight, 1)
  if (idempotent && acks !== 'all') {
    const expected = "'all' to be idempotent"
    throw new InvalidOptionError({ option: 'acks', expected, actual: acks })
  }
  if (idempotent && maxInFlight > idempotentMaxInFlight) {
    const expected = `at most ${idempotentMaxInFlight} to be idempotent`
    throw new InvalidOptionError({ option: 'maxInFlight', expected, actual: maxInFlight })
  }
  return {
    batchBytes: wholeNumber('batchSize', batchSize, 1),
    lingerMs: wholeNumber('lingerMs', lingerMs),
    compression: oneOf('compression', compression, compressionNames),
    acks: acks === 'all' ? -1 : acks,
    isIdempotent: idempotent,
    retries: wholeNumber('retries', retries),
    retryBackoffMs: wholeNumber('retryBackoffMs', retryBackoffMs),
    maxInFlight,
    bufferBytes: wholeNumber('bufferBytes', bufferBytes, 1),
    timeoutMs: timeout === undefined ? client.timeoutMs : durationMs('timeout', timeout),
  }
}
