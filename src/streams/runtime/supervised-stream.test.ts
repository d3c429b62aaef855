import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerError, RebalanceInProgressError } from '../../client/failure/errors.ts'
import { ManualClock } from '../../runtime/manual-clock.ts'
import { silentLogger } from '../../runtime/runtime.ts'
import { RunStatus } from '../dsl/run-status.ts'
import { StreamMeter } from './stream-meter.ts'
import { SupervisedStream } from './supervised-stream.ts'

interface Attempt {
  readonly start: PromiseWithResolvers<void>
  readonly finish: PromiseWithResolvers<void>
}

function supervised() {
  const clock = new ManualClock()
  const attempts: Attempt[] = []
  const stream = new SupervisedStream({
    name: 'shop',
    clock,
    logger: silentLogger,
    meter: new StreamMeter(),
    status: new RunStatus(),
    start: () => {
      const start = Promise.withResolvers<void>()
      const finish = Promise.withResolvers<void>()
      attempts.push({ start, finish })
      const close = async (): Promise<void> => finish.resolve()
      const counts = { tasks: [], standbys: [] }
      const queried = { name: 'shop', cluster: undefined as never, parts: [], tasks: () => [] }
      return { started: start.promise, finished: finish.promise, close, queried, ...counts }
    },
  })
  return { stream, clock, attempts }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const fenced = (): Error => new BrokerError('PRODUCER_FENCED', 'too slow')

test('a SupervisedStream begins again after what passes, later each time', async () => {
  const { stream, clock, attempts } = supervised()
  attempts[0]!.start.resolve()
  await stream.started
  attempts[0]!.finish.reject(fenced())
  await turn()
  clock.advance(99)
  assert.equal(attempts.length, 1)
  clock.advance(1)
  assert.equal(attempts.length, 2)
  attempts[1]!.start.reject(fenced())
  attempts[1]!.finish.reject(fenced())
  await turn()
  clock.advance(199)
  assert.equal(attempts.length, 2)
  clock.advance(1)
  assert.equal(attempts.length, 3)
  await stream.close()
  await stream.finished
})

test('a SupervisedStream begins again where its partitions were given to others', async () => {
  const { stream, clock, attempts } = supervised()
  attempts[0]!.start.resolve()
  await stream.started
  attempts[0]!.finish.reject(new RebalanceInProgressError('given to another member'))
  await turn()
  clock.advance(100)
  assert.equal(attempts.length, 2)
  await stream.close()
})

test('what the program threw ends a SupervisedStream', async () => {
  const { stream, attempts } = supervised()
  attempts[0]!.start.resolve()
  await stream.started
  attempts[0]!.finish.reject(new Error('no thanks'))
  await assert.rejects(stream.finished, /no thanks/)
})

test('a SupervisedStream that never worked says so', async () => {
  const { stream, attempts } = supervised()
  attempts[0]!.start.reject(fenced())
  attempts[0]!.finish.reject(fenced())
  await assert.rejects(stream.started, /too slow/)
  await assert.rejects(stream.finished, /too slow/)
})

test('close ends a SupervisedStream between two attempts, too', async () => {
  const { stream, clock, attempts } = supervised()
  attempts[0]!.start.resolve()
  await stream.started
  attempts[0]!.finish.reject(fenced())
  await turn()
  await stream.close()
  await stream.finished
  clock.advance(1000)
  assert.equal(attempts.length, 1)
})
