/** `useProducer`: sends records from a component, which sees how it goes. */

import { useMemo, useState } from 'react'
import type { RecordMetadata } from '../client/producer/accumulator.ts'
import type { OperationOptions } from '../client/settings/kafka-options.ts'
import type { Kafka } from '../client/kafka.ts'
import type { ProducerConfig } from '../client/producer/producer-options.ts'
import type { Producer, Sendable, SendOptions } from '../client/producer/producer.ts'
import { useKafka } from './kafka-provider.ts'
import { begun, failed, nothingSent, stored, type SendProgress } from './send-progress.ts'
import { keyOfOptions, useKeyed } from './use-keyed.ts'

/** How sending goes, as a component shows it. */
export interface ProducerState {
  /** Whether something is on its way. */
  readonly isSending: boolean
  /** Why a record, or batch, could not be sent, until one that was sent after it is stored. */
  readonly error: Error | undefined
  /** Where the last record is that was sent, and stored. */
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

type Update = (change: (progress: SendProgress) => SendProgress) => void

let lastNumber = 0

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
  const number = ++lastNumber
  update(begun)
  sent.then(
    (place) => update((progress) => stored(progress, number, place)),
    (error: Error) => update((progress) => failed(progress, number, error)),
  )
}
