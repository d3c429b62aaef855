/** Reads the replies to requests out of one topic, from when the first request is sent. */

import type { Kafka } from '../client/kafka.ts'
import type { Consumer } from '../client/consumer/consumer.ts'
import { ClosedError, KafkaError } from '../client/failure/errors.ts'
import type { SerdeInput } from '../client/record/serde.ts'
import { readReply, type Reply } from './wire-format.ts'

export interface ReplyReaderParts {
  readonly kafka: Kafka
  readonly topic: string
  readonly value: SerdeInput<unknown>
  readonly onReply: (correlationId: string, reply: Reply) => void
  /** The reading has ended: replies to what was asked for will not come. */
  readonly onEnd: (error: Error) => void
}

/** Nobody waits for a reply for longer. */
const replyRetentionMs = 60 * 60 * 1000

export class ReplyReader {
  readonly #parts: ReplyReaderParts
  #opening: Promise<void> | undefined
  #consumer: Consumer | undefined
  #isClosed = false

  constructor(parts: ReplyReaderParts) {
    this.#parts = parts
  }

  /** Resolves when no reply can be missed any more. Creates the topic where there is none. */
  open(): Promise<void> {
    this.#opening ??= this.#open()
    return this.#opening
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#consumer?.close()
  }

  async #open(): Promise<void> {
    const { kafka, topic, value } = this.#parts
    const ends = await this.#ends()
    // All processes read all replies, and know theirs by the request. So nobody needs a partition
    // of one's own, and no rebalance stands between a request and its reply.
    const consumer = kafka.consumer(topic, { value, onInvalid: 'skip' })
    for (const { partition, offset } of ends) await consumer.seek({ partition, offset })
    if (this.#isClosed) throw new ClosedError(`the replies of '${topic}' are not read any more`)
    this.#consumer = consumer
    void this.#read(consumer)
  }

  async #ends(): Promise<readonly { readonly partition: number; readonly offset: number }[]> {
    const { kafka, topic } = this.#parts
    try {
      return await kafka.admin.listOffsets(topic, 'latest')
    } catch (error) {
      if (!hasCode(error, 'topic_not_found')) throw error
    }
    try {
      await kafka.admin.createTopic(topic, { partitions: 1, retentionMs: replyRetentionMs })
    } catch (error) {
      if (!hasCode(error, 'topic_already_exists')) throw error
    }
    // Of a new topic everything is read.
    return []
  }

  async #read(consumer: Consumer): Promise<void> {
    const { topic, onReply, onEnd } = this.#parts
    try {
      for await (const { headers, value } of consumer) {
        const reply = readReply(headers, value)
        if (reply) onReply(reply.correlationId, reply)
      }
      onEnd(new ClosedError(`the replies of '${topic}' are not read any more`))
    } catch (error) {
      onEnd(error as Error)
    }
  }
}

function hasCode(error: unknown, code: string): boolean {
  return KafkaError.is(error) && error.code === code
}
