import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { encode } from '../../../test/support/encode.ts'
import { ScriptedBroker, drop, settled } from '../../../test/support/scripted-broker.ts'
import { inProcessPair } from '../../connection/in-process.ts'
import { apiVersions } from '../../protocol/api-versions.ts'
import { encodingOf } from '../../protocol/api.ts'
import { describeCluster } from '../../protocol/describe-cluster.ts'
import { listGroups } from '../../protocol/list-groups.ts'
import { ManualClock } from '../../runtime/manual-clock.ts'
import { silentLogger, type Logger } from '../../runtime/runtime.ts'
import { ClosedError } from '../failure/errors.ts'
import type { RequestFacts } from '../settings/instrumentation.ts'
import { Observer } from '../settings/observer.ts'
import { BrokerChannel } from './broker-channel.ts'

async function open(broker: ScriptedBroker, observer?: Observer): Promise<BrokerChannel> {
  const stream = await broker.dialer.dial({ host: 'b', port: 1 })
  const channel = new BrokerChannel({
    stream,
    name: 'b:1',
    clientId: 'test',
    clock: broker.clock,
    timeoutMs: 30_000,
    observer,
  })
  await channel.negotiate('1.2.3')
  return channel
}

/** Opens a channel that collects what is told of its requests, after the first. */
async function openObserved(broker: ScriptedBroker) {
  const requests: RequestFacts[] = []
  const onRequest = (request: RequestFacts) => void requests.push(request)
  const channel = await open(broker, new Observer({ onRequest }, silentLogger))
  requests.shift()
  return { channel, requests }
}

const noGroups = { errorCode: 0, groups: [] }

test('request() uses the newest version that both sides know', async () => {
  const broker = new ScriptedBroker().on(listGroups, () => noGroups, 3)
  const channel = await open(broker)
  await channel.request(listGroups, {})
  await channel.request(listGroups, {}, { maxVersion: 1 })
  assert.deepEqual(
    broker.seen.map(({ version }) => version),
    [3, 1],
  )
  assert.equal(channel.supports(listGroups), true)
  assert.equal(channel.supports(listGroups, 4), false)
  assert.equal(channel.supports(describeCluster), false)
})

test('request() says what the broker lacks', async () => {
  const channel = await open(new ScriptedBroker().on(listGroups, () => noGroups, 3))
  const message = 'b:1 cannot be asked for ListGroups: it speaks versions 0 to 3 of it'
  const lacks = { code: 'unsupported_version', message }
  await assert.rejects(channel.request(listGroups, {}, { minVersion: 4 }), lacks)
  const none = { message: 'b:1 cannot be asked for DescribeCluster: it speaks none of it' }
  await assert.rejects(channel.request(describeCluster, {}), none)
})

test('negotiate() gets along with a broker that knows version 0 only', async () => {
  const [client, server] = inProcessPair(queueMicrotask)
  const versions: number[] = []
  server.start({
    onFrame(message) {
      const view = new DataView(message.buffer, message.byteOffset)
      versions.push(view.getInt16(2))
      const errorCode = view.getInt16(2) === 0 ? 0 : 35
      const apiKeys = [{ apiKey: 16, minVersion: 0, maxVersion: 2 }]
      const header = new Uint8Array(4)
      new DataView(header.buffer).setInt32(0, view.getInt32(4))
      const body = { errorCode, apiKeys }
      server.send([header, encode(apiVersions.response, body, encodingOf(apiVersions, 0))])
    },
    onClose() {},
  })
  const options = { name: 'b', clientId: 'c', clock: new ManualClock(), timeoutMs: 1000 }
  const channel = new BrokerChannel({ ...options, stream: client })
  await channel.negotiate('1.2.3')
  assert.deepEqual(versions, [3, 0])
  assert.equal(channel.supports(listGroups, 2), true)
})

test('roundTripMs is the shortest time in which an answer came', async () => {
  const broker = new ScriptedBroker()
  const delaysMs = [7, 3, 9]
  broker.on(listGroups, async () => {
    await new Promise<void>((resolve) => broker.clock.after(delaysMs.shift()!, resolve))
    return noGroups
  })
  const stream = await broker.dialer.dial({ host: 'b', port: 1 })
  const { clock } = broker
  const facts = { name: 'b:1', clientId: 'test', clock, timeoutMs: 30_000 }
  const channel = new BrokerChannel({ stream, ...facts })
  await channel.negotiate('1.2.3')
  // In this process it took no time at all.
  assert.equal(channel.roundTripMs, 0)
  channel.roundTripMs = Infinity
  for (const expected of [7, 3, 3]) {
    const answered = channel.request(listGroups, {})
    for (let step = 0; step < 10; step++) {
      await settled()
      clock.advance(1)
    }
    await answered
    assert.equal(channel.roundTripMs, expected)
  }
})

test('a request that is urgent leaves at once', async () => {
  const broker = new ScriptedBroker().on(listGroups, () => noGroups)
  const stream = await broker.dialer.dial({ host: 'b', port: 1 })
  let flushes = 0
  stream.flush = () => void flushes++
  const options = { name: 'b', clientId: 'c', clock: broker.clock, timeoutMs: 1000 }
  const channel = new BrokerChannel({ ...options, stream })
  await channel.negotiate('1.2.3')
  await channel.request(listGroups, {})
  assert.equal(flushes, 0)
  const answer = channel.request(listGroups, {}, { isUrgent: true })
  assert.equal(flushes, 1)
  await answer
})

test('request() waits for as long as the broker has asked for', async () => {
  const broker = new ScriptedBroker().on(listGroups, () => ({ ...noGroups, throttleTimeMs: 700 }))
  const channel = await open(broker)
  await channel.request(listGroups, {})
  const given = new AbortController()
  const aborted = channel.request(listGroups, {}, { signal: given.signal })
  const waiting = channel.request(listGroups, {})
  given.abort(new Error('given up'))
  await assert.rejects(aborted, /given up/)
  broker.clock.advance(699)
  await settled()
  assert.equal(broker.seen.length, 1)
  broker.clock.advance(1)
  await waiting
  assert.equal(broker.seen.length, 2)
})

test('a signal is left alone by requests that have waited for their turn', async () => {
  const broker = new ScriptedBroker().on(listGroups, () => ({ ...noGroups, throttleTimeMs: 700 }))
  const channel = await open(broker)
  const { signal } = new AbortController()
  await channel.request(listGroups, {}, { signal })
  const waiting = channel.request(listGroups, {}, { signal })
  broker.clock.advance(700)
  await waiting
  assert.equal(getEventListeners(signal, 'abort').length, 0)
})

test('what waits for a broker that is over its quota fails with the connection', async () => {
  const broker = new ScriptedBroker().on(listGroups, () => ({ ...noGroups, throttleTimeMs: 700 }))
  const channel = await open(broker)
  await channel.request(listGroups, {})
  const waiting = channel.request(listGroups, {})
  channel.close(new Error('gone'))
  await assert.rejects(waiting, { code: 'disconnected', maybeApplied: false })
  assert.equal(broker.clock.waitingCount, 0)
})

test('answers find who asked, in whatever order', async () => {
  const answers: ((groups: string) => void)[] = []
  const broker = new ScriptedBroker().on(
    listGroups,
    () =>
      new Promise((resolve) => {
        answers.push((groupId) =>
          resolve({ errorCode: 0, groups: [{ groupId, protocolType: '' }] }),
        )
      }),
  )
  const channel = await open(broker)
  const asked = ['a', 'b', 'c'].map(() => channel.request(listGroups, {}))
  await settled()
  assert.equal(channel.inFlight, 3)
  answers[2]!('third')
  answers[0]!('first')
  answers[1]!('second')
  const groups = await Promise.all(asked)
  assert.deepEqual(
    groups.map(({ groups }) => groups[0]!.groupId),
    ['first', 'second', 'third'],
  )
  assert.equal(channel.inFlight, 0)
})

test('everybody who waits is told when the connection breaks', async () => {
  const broker = new ScriptedBroker()
    .on(listGroups, () => undefined)
    .on(describeCluster, () => drop)
  const channel = await open(broker)
  const waiting = channel.request(listGroups, {})
  const dropped = channel.request(describeCluster, {})
  const expected = { code: 'disconnected', maybeApplied: true }
  await assert.rejects(waiting, expected)
  await assert.rejects(dropped, expected)
  await channel.closed
  assert.equal(channel.isClosed, true)
  // What was not sent was not applied.
  await assert.rejects(channel.request(listGroups, {}), { ...expected, maybeApplied: false })
})

test('close() with a ClosedError is no failure of the connection', async () => {
  const channel = await open(new ScriptedBroker().on(listGroups, () => undefined))
  const waiting = channel.request(listGroups, {})
  channel.close(new ClosedError('the client is closed'))
  await assert.rejects(waiting, { code: 'closed', maybeApplied: true })
})

test('a request times out, and a connection that is silent for as long is closed', async () => {
  const broker = new ScriptedBroker().on(listGroups, () => undefined)
  const channel = await open(broker)
  const short = channel.request(listGroups, {}, { timeoutMs: 100 })
  const long = channel.request(listGroups, {})
  broker.clock.advance(100)
  await assert.rejects(short, { code: 'timeout', maybeApplied: true })
  assert.equal(channel.isClosed, false)
  broker.clock.advance(30_000)
  await assert.rejects(long, { code: 'timeout', maybeApplied: true })
  assert.equal(channel.isClosed, true)
  assert.equal(broker.clock.waitingCount, 0)
})

test('an answer that comes too late is for nobody', async () => {
  let answerLate: (() => void) | undefined
  const broker = new ScriptedBroker()
    .on(listGroups, () => new Promise((resolve) => (answerLate = () => resolve(noGroups))))
    .on(describeCluster, () => ({ errorCode: 0 }))
  const channel = await open(broker)
  const late = channel.request(listGroups, {}, { timeoutMs: 100 })
  await settled()
  broker.clock.advance(100)
  await assert.rejects(late, { code: 'timeout' })
  answerLate!()
  await settled()
  assert.equal((await channel.request(describeCluster, {})).errorCode, 0)
})

test('a signal gives a request up', async () => {
  const channel = await open(new ScriptedBroker().on(listGroups, () => undefined))
  const controller = new AbortController()
  const waiting = channel.request(listGroups, {}, { signal: controller.signal })
  controller.abort(new Error('enough'))
  await assert.rejects(waiting, { message: 'enough' })
  assert.equal(channel.inFlight, 0)
})

test('an answer that cannot be read ends the connection', async () => {
  const [client, server] = inProcessPair(queueMicrotask)
  const options = { name: 'b', clientId: 'c', clock: new ManualClock(), timeoutMs: 1000 }
  const channel = new BrokerChannel({ ...options, stream: client })
  server.start({
    onFrame: () => server.send([new Uint8Array([0, 0, 0, 0, 1])]),
    onClose() {},
  })
  await assert.rejects(channel.negotiate('1'), { code: 'disconnected', maybeApplied: true })
  assert.equal(channel.isClosed, true)
})

test('receive is called while the views of the response are valid', async () => {
  const channel = await open(new ScriptedBroker().on(listGroups, () => noGroups))
  const result = await channel.request(
    listGroups,
    {},
    {
      receive: ({ groups }, version) => [groups.length, version],
    },
  )
  assert.deepEqual(result, [0, listGroups.versions.max])
})

test('an observer hears of each answer: who gave it, its size, how long it took', async () => {
  const broker = new ScriptedBroker().on(listGroups, () => {
    broker.clock.advance(25)
    return noGroups
  })
  const { channel, requests } = await openObserved(broker)
  await channel.request(listGroups, {}, { maxVersion: 0 })
  // A header of 8 bytes and 'test'; a correlation id, an error code and no groups.
  const sizes = { sentBytes: 8 + 2 + 4, receivedBytes: 4 + 2 + 4 }
  const facts = { broker: 'b:1', api: 'ListGroups', version: 0, durationMs: 25, ...sizes }
  assert.deepEqual(requests, [{ ...facts, error: undefined }])
})

test('an observer hears of requests that have no answer, once each, and why', async () => {
  const broker = new ScriptedBroker().on(listGroups, () => undefined)
  const { channel, requests } = await openObserved(broker)
  const controller = new AbortController()
  const { signal } = controller
  const waiting = [
    channel.request(listGroups, {}, { timeoutMs: 100 }),
    channel.request(listGroups, {}, { signal }),
    channel.request(listGroups, {}),
  ]
  const outcomes = Promise.allSettled(waiting)
  broker.clock.advance(100)
  controller.abort(new Error('enough'))
  channel.close(new Error('gone'))
  const reasons = (await outcomes).map((outcome) => (outcome as PromiseRejectedResult).reason)
  assert.deepEqual(
    requests.map(({ error }) => error),
    reasons,
  )
  assert.match(String(reasons[0]), /within 100 ms/)
  assert.match(String(reasons[2]), /broke during ListGroups: gone/)
  assert.ok(requests.every(({ receivedBytes, sentBytes }) => receivedBytes === 0 && sentBytes > 0))
})

test('an observer hears of a request that is not answered once it is sent', async () => {
  const { channel, requests } = await openObserved(new ScriptedBroker().on(listGroups, () => drop))
  await channel.post(listGroups, {})
  assert.partialDeepStrictEqual(requests, [{ api: 'ListGroups', receivedBytes: 0 }])
  assert.equal(requests[0]!.error, undefined)
})

test('post() waits no longer than it may for a network that takes nothing', async () => {
  const broker = new ScriptedBroker().on(listGroups, () => undefined)
  const stream = await broker.dialer.dial({ host: 'b', port: 1 })
  const options = { name: 'b', clientId: 'c', clock: broker.clock, timeoutMs: 1000 }
  const channel = new BrokerChannel({ ...options, stream })
  await channel.negotiate('1')
  // What is closed has nothing more to send.
  const bufferedBytes = (): number => (channel.isClosed ? 0 : 2 * 1024 * 1024)
  Object.defineProperty(stream, 'bufferedBytes', { get: bufferedBytes })
  const posted = [channel.post(listGroups, {}, { timeoutMs: 300 }), channel.post(listGroups, {})]
  const outcomes = Promise.allSettled(posted)
  for (let passedMs = 0; passedMs < 300; passedMs += 5) {
    assert.equal(channel.isClosed, false)
    broker.clock.advance(5)
    await settled()
  }
  const reasons = (await outcomes).map((outcome) => (outcome as PromiseRejectedResult).reason)
  assert.match(String(reasons[0]), /b broke during ListGroups: it takes nothing/)
  assert.ok(reasons.every(({ code, maybeApplied }) => code === 'disconnected' && maybeApplied))
})

test('an observer hears of an answer that cannot be read', async () => {
  const [client, server] = inProcessPair(queueMicrotask)
  server.start({ onFrame: () => server.send([new Uint8Array(5)]), onClose() {} })
  const requests: RequestFacts[] = []
  const observer = new Observer({ onRequest: (facts) => void requests.push(facts) }, silentLogger)
  const clock = new ManualClock()
  const options = { name: 'b', clientId: 'c', clock, timeoutMs: 1000, stream: client }
  await assert.rejects(new BrokerChannel({ ...options, observer }).negotiate('1'))
  assert.equal(requests.length, 1)
  assert.equal(requests[0]!.receivedBytes, 5)
  assert.match(String(requests[0]!.error), /cannot be read/)
})

test('an observer that throws ends no connection, and is told of once', async () => {
  const warnings: unknown[] = []
  const logger: Logger = { ...silentLogger, warn: (...told) => void warnings.push(told) }
  const onRequest = (): never => {
    throw new Error('no room for more')
  }
  const broker = new ScriptedBroker().on(listGroups, () => noGroups)
  const channel = await open(broker, new Observer({ onRequest }, logger))
  await channel.request(listGroups, {})
  await channel.request(listGroups, {})
  assert.equal(channel.isClosed, false)
  assert.deepEqual(warnings, [['instrumentation has failed', { error: 'no room for more' }]])
})
