/**
 * What a program may be told of a client while it works: for metrics and traces. `observer.ts` is
 * what tells it.
 */

import type { RecordHeaderInput } from '../../record/batch-writer.ts'

/**
 * Is told what a client does: for metrics and traces. It has whichever of these it needs.
 *
 * All are called while the client works, so they should be quick. What they throw does not fail
 * what the client does: the first time it is told to the `logger`, as a warning.
 */
export interface Instrumentation {
  /** A broker has answered a request, or nobody waits for that any more. */
  onRequest?(request: RequestFacts): void
  /**
   * A record is about to be sent: by whichever producer, in a transaction or not, but not by a
   * stream. What this returns may bring headers for it, and hears how it ended. It is called within
   * `send`, before that returns.
   */
  onSend?(record: OutgoingRecord): SendObservation | void
  /**
   * A handler is about to be called for a record: of `consumer.process`, `consumer.forEach` or
   * `kafka.consume`. `handle` calls it, once however often it is called itself, and settles as the
   * handler does, which decides what becomes of the record: it is done with when this is settled.
   */
  onProcess?(call: HandlerCall, handle: () => Promise<void>): Promise<void>
}

/** A request to a broker, and how it ended. */
export interface RequestFacts {
  /** Who was asked: `host:port`, or the client's `url` where that stands for all of them. */
  readonly broker: string
  /** What was asked for, by Kafka's name: 'Produce', 'Fetch', 'Metadata', … */
  readonly api: string
  /** The version of the request. */
  readonly version: number
  /** Its size, as Kafka counts it: without the 4 bytes that tell the size. */
  readonly sentBytes: number
  /** The size of the answer; 0 where there is none. */
  readonly receivedBytes: number
  /** From when it was sent until it ended. A fetch waits at the broker for records to come. */
  readonly durationMs: number
  /**
   * Why there is no answer that could be read: the time was up, the connection broke, or nobody
   * waits any more. An answer that tells of an error is an answer.
   */
  readonly error?: unknown
}

/** A record that is about to be sent. */
export interface OutgoingRecord {
  /** The topic that it is sent to. */
  readonly topic: string
  /** The key, as the program gave it; `null` where it has none. */
  readonly key: unknown
  /** The value, as the program gave it; `null` for a tombstone. */
  readonly value: unknown
  /** The headers that the program gave it. */
  readonly headers: readonly RecordHeaderInput[]
  /** The partition, where the program chose one. */
  readonly partition: number | undefined
}

/** What instrumentation has to do with a record that is sent. */
export interface SendObservation {
  /** Headers that go with the record, instead of its own of the same names. @default none */
  readonly headers?: Readonly<Record<string, string>>
  /**
   * Called once, when the record is stored, or is not going to be. It has an outcome of its own:
   * whoever gives `send` up does not give up a record that is on its way.
   */
  onSettled?(outcome: SendOutcome): void
}

/** How it ended with a record that was sent: where it is, or why it is nowhere. */
export type SendOutcome =
  | {
      readonly partition: number
      /** -1 where the broker did not say, as with `acks` 0. */
      readonly offset: number
      readonly error?: undefined
    }
  | { readonly partition?: undefined; readonly offset?: undefined; readonly error: unknown }

/** What a handler is about to be called for. */
export interface HandlerCall {
  /** The record: a `KafkaRecord`. */
  readonly record: HandledRecord
  /** The group that the consumer is in, if any. */
  readonly group: string | undefined
  /** 1 for the first attempt at this record. */
  readonly attempt: number
}

/** What instrumentation may look at of a `KafkaRecord`. */
export interface HandledRecord {
  /** The topic that it is in. */
  readonly topic: string
  /** The partition that it is in, from 0. */
  readonly partition: number
  /** Its place in the partition, from 0. */
  readonly offset: number
  /** When it happened. */
  readonly timestamp: Date
  /** Headers as text. Of several with one name it has the last. */
  readonly headers: Readonly<Record<string, string>>
  /** The key; `null` where it has none. @throws SerializationError */
  readonly key: unknown
  /** The key as it was sent. */
  readonly rawKey: Uint8Array | null
  /** The value as it was sent; `null` for a tombstone. */
  readonly rawValue: Uint8Array | null
}
