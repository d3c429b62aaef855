/** `useProducer`: sends records from a component, which sees how it goes. */

import { useMemo, useState } from 'react'
import type { RecordMetadata } from '../client/producer/accumulator.ts'
import type { OperationOptions } from '../client/settings/kafka-options.ts'
import type { Kafka } from '../client/kafka.ts'
import type { ProducerConfig } from '../client/producer/producer-options.ts'
import type { Producer, Sendable, SendOptions } from '../client/producer/producer.ts'
import { useKafka } from './kafka-provider.ts'
import { keyOfOptions, useKeyed } from './use-keyed.ts'

/** How sending goes, as a component shows it. */
export interface ProducerState {
  /** Whether something is on its way. */
  readonly isSending: boolean
  /** Why the last record, or batch, could not be sent. */
  readonly error: Error | undefined
  /** Where the last record is. */
  readonly lastSent: RecordMetadata | undefined
}

/** What `useProducer` returns. */
export interface ProducerView<Value, Key = string> extends ProducerState {
  /**
   * Sends one record. What is returned may be ignored, as in an event handler: an error is in
   * `error` as well. The function is the same one with each render.
   */
  readonly send: (value: Value | null, options?: SendOptions<Key>) => Promise<RecordMetadata>
  /** As `send`, for several records. */
  readonly sendBatch: (
    items: readonly Sendable<Value, Key>[],
    options?: OperationOptions,
  ) => Promise<RecordMetadata[]>
  /** Forgets `error` and `lastSent`. */
  readonly reset: () => void
}

interface Progress extends Omit<ProducerState, 'isSending'> {
  readonly pendingCount: number
}

type Update = (change: (progress: Progress) => Progress) => void

const nothingSent: Progress = Object.freeze({
  pendingCount: 0,
  error: undefined,
  lastSent: undefined,
})

/**
 * Returns what sends records to `topic`. What was sent is on its way also where the component
 * leaves the page. Options may be written in place: serdes, schemas and partitioners are those of
 * the first time.
 */
export function useProducer<Value = unknown, Key = string>(
  topic: string,
  config: ProducerConfig<Value, Key> = {},
): ProducerView<Value, Key> {
  const kafka = useKafka()
  const [progress, update] = useState(nothingSent)
  const { send, sendBatch, reset } = useKeyed(kafka, keyOfOptions(topic, config), () =>
    sendersOf(kafka, { topic, config }, update),
  )
  return useMemo(() => {
    const { pendingCount, error, lastSent } = progress
    return { isSending: pendingCount > 0, error, lastSent, send, sendBatch, reset }
  }, [progress, send, sendBatch, reset])
}

type Senders<Value, Key> = Pick<ProducerView<Value, Key>, 'send' | 'sendBatch' | 'reset'>

function sendersOf<Value, Key>(
  kafka: Kafka,
  { topic, config }: { topic: string; config: ProducerConfig<Value, Key> },
  update: Update,
): Senders<Value, Key> {
  let producer: Producer<Value, Key> | undefined
  const open = async (): Promise<Producer<Value, Key>> =>
    (producer ??= kafka.producer(topic, config))
  return {
    send(value, options) {
      const sent = open().then((producer) => producer.send(value, options))
      follow(update, sent)
      return sent
    },
    sendBatch(items, options) {
      const sent = open().then((producer) => producer.sendBatch(items, options))
      follow(
        update,
        sent.then((metadata) => metadata.at(-1)),
      )
      return sent
    },
    reset: () => update(({ pendingCount }) => ({ ...nothingSent, pendingCount })),
  }
}

/** With this an error counts as handled: whoever does not wait for `sent` sees it in the state. */
function follow(update: Update, sent: Promise<RecordMetadata | undefined>): void {
  update((progress) => ({ ...progress, pendingCount: progress.pendingCount + 1 }))
  const settle = (outcome: Partial<Progress>): void =>
    update((progress) => ({ ...progress, ...outcome, pendingCount: progress.pendingCount - 1 }))
  sent.then(
    (lastSent) => settle({ error: undefined, ...(lastSent ? { lastSent } : {}) }),
    (error: Error) => settle({ error }),
  )
}
