import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf } from '../../test/support/broker-harness.ts'
import { logConfigDefaults } from '../log/log-config.ts'
import { PartitionLog } from '../log/partition-log.ts'
import { nodeCodecs } from '../record/node-compression.ts'
import { ManualClock } from '../runtime/manual-clock.ts'
import { silentLogger } from '../runtime/runtime.ts'
import { MemoryStorage } from '../storage/memory-storage.ts'
import { StateLog, type StoredStateRecord } from './state-log.ts'

const encoder = new TextEncoder()

function open(storage = new MemoryStorage()): { state: StateLog; log: PartitionLog } {
  const clock = new ManualClock(1000)
  const log = PartitionLog.open({
    storage,
    folder: 'state-0',
    config: logConfigDefaults,
    clock,
    logger: silentLogger,
    flush: 'ack',
    wasCleanShutdown: true,
    onFailure: (error) => assert.fail(error),
  })
  return { state: new StateLog({ log, clock, codecs: nodeCodecs }), log }
}

/** Returns what `state` replays, as `key=value` at its offset. */
function replayed(state: StateLog): string[] {
  const texts: string[] = []
  state.replay(({ key, value, offset }: StoredStateRecord) => {
    const [left, right] = [key, value].map((bytes) => (bytes ? Buffer.from(bytes).toString() : ''))
    texts.push(`${offset} ${left}=${right}`)
  })
  return texts
}

function record(key: string | null, value: string | null) {
  return { key: key && encoder.encode(key), value: value && encoder.encode(value) } as never
}

test('replay() gives every record that was appended, in order, also after a restart', async () => {
  const storage = new MemoryStorage()
  const { state, log } = open(storage)
  await state.append([record('a', '1'), record('b', '2')])
  await state.append([record('a', null)])
  await state.append([record(null, '3')])
  const expected = ['0 a=1', '1 b=2', '2 a=', '3 =3']
  assert.deepEqual(replayed(state), expected)
  await log.close()
  assert.deepEqual(replayed(open(storage).state), expected)
})

test('replay() gives records that are larger than it reads at once', async () => {
  const { state } = open()
  const large = 'x'.repeat(900_000)
  for (const key of ['a', 'b', 'c']) await state.append([record(key, large)])
  assert.deepEqual(
    replayed(state),
    ['a', 'b', 'c'].map((key, offset) => `${offset} ${key}=${large}`),
  )
})

test('replay() reads batches that Kafka compressed', () => {
  const { state, log } = open()
  log.append(batchOf([{ key: 'k', value: 'v', timestamp: 1 }], { compression: 'gzip' }), {
    origin: 'coordinator',
    leaderEpoch: 0,
  })
  assert.deepEqual(replayed(state), ['0 k=v'])
})

test('append() of nothing waits for what came before it', async () => {
  const { state, log } = open()
  const before = state.append([record('a', '1')])
  await state.append([])
  assert.equal(log.highWatermark, 1)
  await before
})

test('append() that is refused stores nothing', () => {
  const { state } = open()
  const tooLarge = record('a', 'x'.repeat(2_000_000))
  assert.throws(() => state.append([record('b', '1'), tooLarge]), {
    errorName: 'MESSAGE_TOO_LARGE',
  })
  assert.deepEqual(replayed(state), [])
})
