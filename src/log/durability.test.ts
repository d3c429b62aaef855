import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Durability } from './durability.ts'
import { LogError } from './log-error.ts'

/** A disk whose syncs end when the test says so. */
class ManualDisk {
  endOffset = 0
  syncs = 0
  durable = 0
  failures: LogError[] = []
  #pending: { resolve: (offset: number) => void; reject: (error: Error) => void } | undefined
  readonly durability = new Durability({
    durableOffset: 0,
    sync: () => {
      this.syncs++
      const { endOffset } = this
      return new Promise((resolve, reject) => {
        this.#pending = { resolve: () => resolve(endOffset), reject }
      })
    },
    onDurable: () => {
      this.durable = this.durability.durableOffset
    },
    onFailure: (error) => this.failures.push(error),
  })

  append(count: number): Promise<void> {
    this.endOffset += count
    this.durability.request()
    return this.durability.whenDurable(this.endOffset)
  }

  async finishSync(error?: Error): Promise<void> {
    await settle()
    if (error) this.#pending!.reject(error)
    else this.#pending!.resolve(0)
    await settle()
  }
}

/** Lets everything run that waits for nothing but its turn. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

/** Returns whether `promise` is settled by now, and how. */
async function stateOf(promise: Promise<void>): Promise<string> {
  const pending = settle().then(() => 'pending')
  return Promise.race([
    promise.then(
      () => 'resolved',
      () => 'rejected',
    ),
    pending,
  ])
}

test('whenDurable() resolves once a sync that began after the append has ended', async () => {
  const disk = new ManualDisk()
  const first = disk.append(3)
  await settle()
  const second = disk.append(2)
  assert.equal(await stateOf(first), 'pending')
  await disk.finishSync()
  assert.equal(await stateOf(first), 'resolved')
  assert.equal(disk.durable, 3)
  assert.equal(await stateOf(second), 'pending')
  await disk.finishSync()
  assert.equal(await stateOf(second), 'resolved')
  assert.equal(disk.durability.durableOffset, 5)
})

test('appends of one turn, and those during a sync, share a sync', async () => {
  const disk = new ManualDisk()
  const early = [disk.append(1), disk.append(1), disk.append(1)]
  await settle()
  const late = [disk.append(1), disk.append(1)]
  await disk.finishSync()
  await Promise.all(early)
  await disk.finishSync()
  await Promise.all(late)
  assert.equal(disk.syncs, 2)
})

test('whenDurable() resolves at once for what is durable already', async () => {
  const disk = new ManualDisk()
  void disk.append(3)
  await disk.finishSync()
  assert.equal(await stateOf(disk.durability.whenDurable(2)), 'resolved')
})

test('the first failed sync rejects all who wait, is told once, and is the last', async () => {
  const disk = new ManualDisk()
  const outcomes = [disk.append(1), disk.append(1), disk.durability.flush()]
  const results = Promise.allSettled(outcomes)
  await settle()
  const late = disk.append(1)
  const lateResult = Promise.allSettled([late])
  await disk.finishSync(new Error('EIO'))
  for (const result of [...(await results), ...(await lateResult)]) {
    assert.ok(result.status === 'rejected' && result.reason instanceof LogError)
    assert.equal(result.reason.errorName, 'KAFKA_STORAGE_ERROR')
    assert.equal(result.reason.maybeApplied, true)
  }
  disk.durability.request()
  await settle()
  assert.equal(await stateOf(disk.append(1)), 'rejected')
  assert.equal(disk.syncs, 1)
  assert.equal(disk.failures.length, 1)
  assert.equal(disk.durability.durableOffset, 0)
})

test('flush() waits for a sync that begins after the call', async () => {
  const disk = new ManualDisk()
  void disk.append(1)
  await settle()
  const flush = disk.durability.flush()
  await disk.finishSync()
  assert.equal(await stateOf(flush), 'pending')
  await disk.finishSync()
  assert.equal(await stateOf(flush), 'resolved')
})

test('fail() ends it for those who wait and for those who come later', async () => {
  const disk = new ManualDisk()
  const waiting = disk.append(1)
  const result = Promise.allSettled([waiting])
  await settle()
  disk.durability.fail(new LogError('UNKNOWN_TOPIC_OR_PARTITION', 'gone'))
  assert.equal((await result)[0].status, 'rejected')
  await disk.finishSync()
  assert.equal(disk.failures.length, 0)
  assert.equal(await stateOf(disk.durability.whenDurable(1)), 'rejected')
})

test('fail() amid a sync ends it for those who wait for it, when it fails as well', async () => {
  const disk = new ManualDisk()
  const flushed = disk.durability.flush()
  await settle()
  disk.durability.fail(new LogError('UNKNOWN_TOPIC_OR_PARTITION', 'gone'))
  await Promise.all([
    assert.rejects(flushed, { errorName: 'UNKNOWN_TOPIC_OR_PARTITION' }),
    disk.finishSync(new Error('the file is closed')),
  ])
  assert.deepEqual(disk.failures, [])
})
