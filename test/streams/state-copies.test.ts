/** Copies of changelogs, as one worker keeps them, on a broker in this process. */

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Cluster } from '../../src/client/cluster/cluster.ts'
import { resolveConsumerConfig } from '../../src/client/consumer/consumer-options.ts'
import { StateCopies } from '../../src/streams/runtime/state-copies.ts'
import type { Checkpoint, LocalStore, StateFolder } from '../../src/streams/stores/local-store.ts'
import { MemoryStore } from '../../src/streams/stores/memory-store.ts'
import { MockKafka } from '../../src/testing/mock-kafka.ts'
import { until } from './until.ts'

const place = { topic: 'shop-changelog', partition: 0 }
const dayMs = 24 * 60 * 60 * 1000

interface Opened {
  readonly kafka: MockKafka
  readonly copies: StateCopies
  readonly topicId: string
  readonly warnings: string[]
  /** Resolves when the store is first opened. */
  readonly isOpen: Promise<void>
}

/** Opens a broker with a changelog of three entries, and copies that are in `store`. */
async function open(t: TestContext, store?: LocalStore): Promise<Opened> {
  const warnings: string[] = []
  const ignore = (): void => {}
  const warn = (message: string): void => void warnings.push(message)
  const kafka = new OpenKafka({ logger: { debug: ignore, info: ignore, warn, error: warn } })
  t.after(() => kafka.close())
  await kafka.admin.createTopic(place.topic, { partitions: 1, cleanupPolicy: 'compact' })
  await kafka.seed(place.topic, ['a', 'b', 'c'].map(entry))
  const { cluster } = kafka
  const { promise: isOpen, resolve: hasOpened } = Promise.withResolvers<void>()
  const folder: StateFolder = {
    workerId: new Uint8Array(8),
    open() {
      hasOpened()
      return store!
    },
    removeUnused() {},
    close() {},
  }
  const copies = new StateCopies(cluster, {
    config: resolveConsumerConfig({ key: 'bytes', value: 'bytes' }),
    folder: store && folder,
    signal: new AbortController().signal,
    onProgress: () => {},
  })
  t.after(() => copies.close())
  const { id: topicId } = await cluster.topic(place.topic)
  return { kafka, copies, topicId, warnings, isOpen }
}

class OpenKafka extends MockKafka {
  /** Returns what runs of streams are given. */
  get cluster(): Cluster {
    let found: Cluster | undefined
    const done = Promise.resolve()
    this.runUntilClosed((cluster) => {
      found = cluster
      return { started: done, finished: done, close: () => done }
    })
    return found!
  }
}

const entry = (key: string) => ({ key: `["node","${key}"]`, value: key.toUpperCase() })
const isUpToDate = (copies: StateCopies): boolean =>
  copies.metrics.length === 1 && copies.metrics[0]!.lag === 0

function contents(store: LocalStore): string[] {
  const found: string[] = []
  store.forEach((key, value) => found.push(`${key}=${value}`))
  return found.toSorted()
}

test('StateCopies follows a changelog, and hands over what it has', async (t) => {
  const { kafka, copies } = await open(t)
  copies.keep([place])
  assert.deepEqual(copies.metrics, [{ ...place, lag: undefined }])
  await until(() => isUpToDate(copies))
  await kafka.seed(place.topic, [entry('d')])
  await until(() => copies.areWarm([place], 0))
  await until(() => isUpToDate(copies) && copies.areWarm([place], 0))
  let taken = copies.take(place)
  assert.equal(taken.isKept, false)
  assert.deepEqual(copies.metrics, [])
  copies.keep([place])
  assert.deepEqual(copies.metrics, [], 'its task has it')
  copies.giveBack(place)
  copies.keep([place])
  await until(() => isUpToDate(copies))
  taken = copies.take(place)
  const keys = ['a', 'b', 'c', 'd'].map((key) => `["node","${key}"]="${key.toUpperCase()}"`)
  assert.deepEqual(contents(taken.store), keys)
  assert.equal(taken.store.checkpoint?.offset, 4)
})

test('a copy that has not read on is no newer than it was', async (t) => {
  const store = new MemoryStore()
  const { copies, topicId, isOpen } = await open(t, store)
  const checkpoint: Checkpoint = { topicId, offset: 1, savedAtMs: Date.now() - dayMs }
  store.apply([['["node","a"]', '"A"']], checkpoint)
  copies.keep([place])
  await isOpen
  assert.deepEqual(copies.take(place).store.checkpoint, checkpoint)
  copies.giveBack(place)
  copies.keep([place])
  await until(() => isUpToDate(copies))
  const { savedAtMs, offset } = copies.take(place).store.checkpoint!
  assert.equal(offset, 3)
  assert.ok(savedAtMs > checkpoint.savedAtMs, 'at the end it is of now')
})

test('while a changelog cannot be read, nobody knows what its copy lacks', async (t) => {
  const { kafka, copies } = await open(t)
  copies.keep([place])
  await until(() => isUpToDate(copies))
  kafka.disconnect()
  await until(() => copies.metrics[0]!.lag === undefined && !copies.areWarm([place], 10))
  await until(() => isUpToDate(copies))
})

test('StateCopies begins anew where a copy is of another changelog, or too old', async (t) => {
  for (const outdated of ['topic', 'age']) {
    const store = new MemoryStore()
    const { copies, topicId, warnings } = await open(t, store)
    store.apply([['["node","gone"]', '1']], {
      topicId: outdated === 'topic' ? 'another' : topicId,
      offset: 2,
      savedAtMs: Date.now() - (outdated === 'age' ? 8 * dayMs : 0),
    })
    copies.keep([place])
    await until(() => isUpToDate(copies))
    assert.equal(contents(store).length, 3)
    assert.equal(store.get('["node","gone"]'), undefined)
    assert.deepEqual(warnings, ['local state is not used'])
  }
})

test('a copy that cannot be written is given up, and is no failure', async (t) => {
  const store = new MemoryStore()
  store.apply = () => {
    throw new Error('the disk is full')
  }
  const { copies, warnings } = await open(t, store)
  copies.keep([place])
  await until(() => warnings.length > 0)
  assert.deepEqual(warnings, ['a copy of state is not kept up to date'])
  assert.deepEqual(copies.metrics, [])
  assert.ok(copies.areWarm([place], 0), 'nobody waits for it')
})
