/**
 * The shape of an application as its last run left it: a record of a topic of its own, by which a
 * changed program is told, before it begins, of what it would lose.
 */

import type { Cluster } from '../../client/cluster/cluster.ts'
import type { ResolvedConsumerConfig } from '../../client/consumer/consumer-options.ts'
import { resolveDelivery } from '../../client/producer/producer-options.ts'
import { Sender } from '../../client/producer/sender.ts'
import { canonicalJson } from '../stores/store-key.ts'
import { parseKey } from '../stores/entry-text.ts'
import { lossesOf, lostStates, type StateShape, type TopologyShape } from '../topology/shape.ts'
import { TopologyChangedError } from '../topology/topology-changed-error.ts'
import { changelogBounds, readChangelog, type ChangelogPlace } from './changelog.ts'

export interface KeptShapeOptions {
  readonly application: string
  /** Has one partition, and is compacted. */
  readonly topic: string
  readonly config: ResolvedConsumerConfig<unknown, unknown>
  readonly signal: AbortSignal
  /** What is done where something would be lost. */
  readonly onChange: 'fail' | 'accept'
}

/** The newest record counts; others may know other keys one day. */
const recordKey = 'topology'

/**
 * Compares a shape with the one that was left, and leaves it for the next run.
 *
 * @throws TopologyChangedError where something would be lost
 */
export async function keepShape(
  cluster: Cluster,
  shape: TopologyShape,
  options: KeptShapeOptions,
): Promise<void> {
  const text = canonicalJson(shape)
  const before = await readShape(cluster, options)
  if (before === text) return
  if (before !== undefined) {
    const losses = lossesOf(JSON.parse(before) as TopologyShape, shape)
    const { application, onChange } = options
    if (losses.length > 0 && onChange === 'fail') {
      throw new TopologyChangedError(application, losses)
    }
    if (losses.length > 0) {
      cluster.logger.warn('what is lost was accepted', { application, losses })
      await forget(cluster, lostStates(JSON.parse(before) as TopologyShape, shape), options)
    }
  }
  await writeShape(cluster, options.topic, text)
}

async function readShape(
  cluster: Cluster,
  { topic, config, signal }: KeptShapeOptions,
): Promise<string | undefined> {
  const place = { topic, partition: 0 }
  const { start, end } = await changelogBounds(cluster, place, signal)
  if (start >= end) return undefined
  let found: string | undefined
  await readChangelog(
    cluster,
    { ...place, position: start, end, config, signal },
    {
      onEntry: (key, value) => {
        if (key === recordKey) found = value ?? undefined
      },
      onProgress() {},
    },
  )
  return found
}

/** Deletes what was remembered from the changelogs, so that nothing new takes it for its own. */
async function forget(
  cluster: Cluster,
  lost: ReadonlyMap<string, StateShape>,
  { config, signal }: KeptShapeOptions,
): Promise<void> {
  const changelogs = new Map([...lost.values()].map((state) => [state.changelog, state.partitions]))
  for (const [topic, partitions] of changelogs) {
    for (let partition = 0; partition < partitions; partition++) {
      const place = { topic, partition }
      const { start, end } = await changelogBounds(cluster, place, signal)
      if (start >= end) continue
      const alive = new Set<string>()
      const reader = {
        onEntry(key: string, value: string | null): void {
          if (value === null) alive.delete(key)
          else if (lost.has(parseKey(key)[0])) alive.add(key)
        },
        onProgress() {},
      }
      await readChangelog(cluster, { ...place, position: start, end, config, signal }, reader)
      await write(
        cluster,
        place,
        [...alive].map((key) => ({ key, value: null })),
      )
    }
  }
}

async function writeShape(cluster: Cluster, topic: string, text: string): Promise<void> {
  await write(cluster, { topic, partition: 0 }, [{ key: recordKey, value: text }])
}

async function write(
  cluster: Cluster,
  { topic, partition }: ChangelogPlace,
  entries: readonly { readonly key: string; readonly value: string | null }[],
): Promise<void> {
  const sender = new Sender(cluster, resolveDelivery({ acks: 'all' }, cluster.options))
  const timestamp = cluster.platform.clock.now()
  try {
    const written = entries.map(
      ({ key, value }) =>
        new Promise((resolve, reject) => {
          const record = { key, value, headers: [], timestamp, partition, partitioner: undefined }
          const asker = { signal: undefined, stored: resolve, failed: reject }
          sender.add(topic, { ...record, asker, index: 0 })
        }),
    )
    await Promise.all([sender.flush(), ...written])
  } finally {
    sender.close()
  }
}
