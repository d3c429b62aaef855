/**
 * The shape of an application as its last run left it: a record of a topic of its own, by which a
 * changed program is told, before it begins, of what it would lose.
 */

import type { Cluster } from '../../client/cluster.ts'
import type { ResolvedConsumerConfig } from '../../client/consumer-options.ts'
import { resolveDelivery } from '../../client/producer-options.ts'
import { Sender } from '../../client/sender.ts'
import { canonicalJson } from '../stores/store-key.ts'
import { lossesOf, type TopologyShape } from '../topology/shape.ts'
import { TopologyChangedError } from '../topology/topology-changed-error.ts'
import { changelogBounds, readChangelog } from './changelog.ts'

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
    if (losses.length > 0) cluster.logger.warn('what is lost was accepted', { application, losses })
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

async function writeShape(cluster: Cluster, topic: string, text: string): Promise<void> {
  const sender = new Sender(cluster, resolveDelivery({ acks: 'all' }, cluster.options.timeoutMs))
  try {
    await new Promise((resolve, reject) => {
      const record = {
        key: recordKey,
        value: text,
        headers: [],
        timestamp: cluster.platform.clock.now(),
      }
      const options = { partition: 0, partitioner: undefined, signal: undefined }
      sender.add(topic, { record, ...options, resolve, reject })
      void sender.flush()
    })
  } finally {
    sender.close()
  }
}
