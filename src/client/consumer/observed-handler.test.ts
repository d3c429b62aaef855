import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger, type Logger } from '../../runtime/runtime.ts'
import { MockKafka } from '../../testing/mock-kafka.ts'
import type { KafkaOptions } from '../settings/kafka-options.ts'
import type { HandlerCall, Instrumentation } from '../settings/instrumentation.ts'

/** Instrumentation that notes each call of a handler, and what became of it. */
function noting() {
  const notes: string[] = []
  const onProcess = async (
    { record, group, attempt }: HandlerCall,
    handle: () => Promise<void>,
  ): Promise<void> => {
    notes.push(`${record.topic}/${record.offset} of ${group}, attempt ${attempt}`)
    try {
      await handle()
      notes.push('done')
    } catch (error) {
      notes.push((error as Error).message)
      throw error
    }
  }
  return { notes, instrumentation: { onProcess } satisfies Instrumentation }
}

async function open(options: KafkaOptions, ...values: readonly unknown[]): Promise<MockKafka> {
  const kafka = new MockKafka(options)
  await kafka.producer('orders').sendBatch(values.map((value) => ({ value, key: null })))
  return kafka
}

test('onProcess() is around each attempt of process()', async () => {
  const { notes, instrumentation } = noting()
  await using kafka = await open({ instrumentation }, 1)
  const consumer = kafka.consumer('orders', { group: 'billing' })
  await consumer.process(
    async (_record, { attempt }) => {
      if (attempt === 1) throw new Error('not yet')
      void consumer.close()
    },
    { retry: { baseDelay: 1 } },
  )
  const first = ['orders/0 of billing, attempt 1', 'not yet']
  assert.deepEqual(notes, [...first, 'orders/0 of billing, attempt 2', 'done'])
})

test('onProcess() hears that the time for a record was up', async () => {
  const { notes, instrumentation } = noting()
  await using kafka = await open({ instrumentation }, 1)
  const endless = () => new Promise<void>(() => undefined)
  const options = { timeout: 5, retry: { maxAttempts: 1 } }
  const running = kafka.consumer('orders', { group: 'g' }).process(endless, options)
  await assert.rejects(running, { code: 'timeout' })
  assert.equal(notes[1], 'cannot process orders-0 at 0: 5 ms have passed')
})

test('onProcess() is around what consume() and forEach() call, no links of chains', async () => {
  const { notes, instrumentation } = noting()
  await using kafka = await open({ instrumentation }, 1)
  const stop = new AbortController()
  await kafka.consume('orders', { group: 'g', signal: stop.signal }, () => stop.abort())
  assert.deepEqual(notes.splice(0), ['orders/0 of g, attempt 1', 'done'])
  const consumer = kafka.consumer('orders')
  await consumer.forEach(() => void consumer.close())
  assert.deepEqual(notes.splice(0), ['orders/0 of undefined, attempt 1', 'done'])
  const seen: unknown[] = []
  await kafka
    .consumer('orders')
    .map(({ value }) => value)
    .take(1)
    .forEach((value) => seen.push(value))
  assert.deepEqual([seen, notes], [[1], []])
})

test('what a handler throws is thrown, whatever onProcess() does with it', async () => {
  const swallowing: Instrumentation = {
    async onProcess(_call, handle) {
      await handle().catch(() => undefined)
    },
  }
  await using kafka = await open({ instrumentation: swallowing }, 1)
  const failing = kafka.consumer('orders').forEach(() => {
    throw new Error('no')
  })
  await assert.rejects(failing, { message: 'no' })
})

const broken: Readonly<Record<string, Instrumentation['onProcess']>> = {
  'throws at once': () => {
    throw new Error('broken')
  },
  'fails before it calls the handler': () => Promise.reject(new Error('broken')),
  'fails after it called the handler': async (_call, handle) => {
    await handle()
    throw new Error('broken')
  },
  'calls the handler and does not wait': async (_call, handle) => {
    void handle()
    throw new Error('broken')
  },
  'calls the handler twice': async (_call, handle) => {
    await handle()
    await handle()
    throw new Error('broken')
  },
}

for (const [what, onProcess] of Object.entries(broken)) {
  test(`each record is handled once by instrumentation that ${what}`, async () => {
    const warnings: unknown[] = []
    const logger: Logger = { ...silentLogger, warn: (...told) => void warnings.push(told) }
    await using kafka = await open({ logger, instrumentation: { onProcess: onProcess! } }, 1, 2)
    const consumer = kafka.consumer<number>('orders')
    const handled: number[] = []
    await consumer.forEach(async ({ value }) => {
      await Promise.resolve()
      handled.push(value)
      if (value === 2) void consumer.close()
    })
    assert.deepEqual(handled, [1, 2])
    assert.deepEqual(warnings, [['instrumentation has failed', { error: 'broken' }]])
  })
}

test('a handler that fails while onProcess() does not look is no unhandled rejection', async () => {
  const late = Promise.withResolvers<void>()
  const instrumentation: Instrumentation = {
    async onProcess(_call, handle) {
      void handle()
      await late.promise
    },
  }
  await using kafka = await open({ instrumentation }, 1)
  const failing = kafka.consumer('orders').forEach(() => {
    setImmediate(() => late.resolve())
    throw new Error('no')
  })
  await assert.rejects(failing, { message: 'no' })
})
