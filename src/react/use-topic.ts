/** `useTopic`: the newest records of a topic, in a component. */

import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react'
import type { ConsumerConfig } from '../client/consumer/consumer-options.ts'
import type { ConsumerStatus } from '../client/consumer/consumer-status.ts'
import type { Kafka } from '../client/kafka.ts'
import { wholeNumber } from '../client/settings/kafka-options.ts'
import type { KafkaRecord } from '../client/record/kafka-record.ts'
import { systemClock, systemGiveWay } from '../runtime/system-runtime.ts'
import { useKafka } from './kafka-provider.ts'
import { initialState, TopicStore, type TopicState } from './topic-store.ts'
import { keyOfOptions, useKeyed } from './use-keyed.ts'

/**
 * Those of a consumer. When they change, the reading begins anew; but for functions, serdes and
 * schemas, which may be written in place: those of the time when the reading began are used, but
 * of `onRecord` the newest.
 *
 * With a group, what the component has is committed each second, and when it or the page is left,
 * unless `autoCommit` is false: a record counts as processed once `onRecord`, if there is one, has
 * ended. Records that cannot be read are left out unless `onInvalid` says otherwise: one that
 * throws when it is shown would take the page away.
 */
export interface UseTopicOptions<Value, Key = string> extends Omit<
  ConsumerConfig<Value, Key>,
  'signal'
> {
  /** How many records are kept; the oldest ones go first. @default 100 */
  readonly limit?: number
  /** Whether to read at all. @default true */
  readonly enabled?: boolean
  /** Called for each record, one after the other, also for those that are no longer kept. */
  readonly onRecord?: (record: KafkaRecord<Value, Key>) => unknown
}

/** How it goes; `idle` where the options say not to read. */
export type TopicStatus = ConsumerStatus | 'idle'

/** What `useTopic` returns. */
export interface TopicView<Value, Key = string> extends Omit<TopicState<Value, Key>, 'status'> {
  /** How the reading goes. */
  readonly status: TopicStatus
  /** Reads no further for now. */
  readonly pause: () => void
  /** Goes on reading after `pause`. */
  readonly resume: () => void
  /** Forgets the records that are kept. */
  readonly clear: () => void
  /** Begins anew after an error. */
  readonly retry: () => void
}

const defaults = { onInvalid: 'skip', autoCommitInterval: '1s' } as const
const neverSubscribe = (): (() => void) => () => {}

/**
 * Reads `topics` while the component is on the page, and renders it anew when records came, at
 * most once for each frame. Without a group each component reads all partitions for itself.
 */
export function useTopic<Value = unknown, Key = string>(
  topics: string | readonly string[] | RegExp,
  options: UseTopicOptions<Value, Key> = {},
): TopicView<Value, Key> {
  const kafka = useKafka()
  const { enabled = true } = options
  const newest = useRef(options)
  useEffect(() => {
    newest.current = options
  })
  const { enabled: _, ...compared } = options
  const store = useKeyed(kafka, keyOfOptions(topics, compared), () =>
    storeOf(kafka, topics, { options, newest: () => newest.current }),
  )
  const state = useSyncExternalStore<TopicState<Value, Key>>(
    enabled ? store.subscribe : neverSubscribe,
    store.snapshot,
    () => initialState,
  )
  return useMemo(() => {
    const { pause, resume, clear, retry } = store
    const status = enabled ? state.status : 'idle'
    return { ...state, status, pause, resume, clear, retry }
  }, [store, state, enabled])
}

interface OptionsOverTime<Value, Key> {
  /** Those that decide where and what is read. */
  readonly options: UseTopicOptions<Value, Key>
  /** Those of the last render. */
  readonly newest: () => UseTopicOptions<Value, Key>
}

function storeOf<Value, Key>(
  kafka: Kafka,
  topics: string | readonly string[] | RegExp,
  { options, newest }: OptionsOverTime<Value, Key>,
): TopicStore<Value, Key> {
  const { limit = 100, enabled: _, onRecord: __, ...config } = options
  const isInGroup = config.group !== undefined
  const { autoCommit = isInGroup } = config
  return new TopicStore<Value, Key>({
    open: () => kafka.consumer(topics, { ...defaults, ...config, autoCommit }),
    isInGroup,
    limit: wholeNumber('limit', limit, 1),
    onRecord: (record) => newest().onRecord?.(record),
    clock: systemClock,
    giveWay: systemGiveWay,
  })
}
