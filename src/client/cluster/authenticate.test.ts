import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'node:test'
import { saslAuthenticate } from '../../protocol/sasl-authenticate.ts'
import { saslHandshake } from '../../protocol/sasl-handshake.ts'
import { ScriptedBroker } from '../../../test/support/scripted-broker.ts'

const task = { action: 'look', target: 'any' } as const

/** A broker that takes any token, for sessions of `sessionLifetimeMs`. */
function brokerWithSessions(sessionLifetimeMs: number): ScriptedBroker {
  return new ScriptedBroker()
    .withTopics({ events: 1 })
    .on(saslHandshake, () => ({ errorCode: 0, mechanisms: ['OAUTHBEARER'] }))
    .on(saslAuthenticate, () => ({
      errorCode: 0,
      errorMessage: null,
      authBytes: new Uint8Array(),
      sessionLifetimeMs,
    }))
}

/** Lets everything go on that can without the clock. */
async function settle(): Promise<void> {
  for (let count = 0; count < 20; count++) await turn()
}

test('a session is renewed before it ends, with a token that is asked for anew', async () => {
  const broker = brokerWithSessions(60_000)
  let askedCount = 0
  const token = () => `token-${++askedCount}`
  const cluster = broker.cluster({ sasl: { mechanism: 'OAUTHBEARER', token } })
  await cluster.run(task, async () => undefined)
  broker.clock.advance(50_000)
  await settle()
  assert.equal(askedCount, 1)
  broker.clock.advance(8000)
  await settle()
  const sent = broker
    .requests(saslAuthenticate)
    .map(({ authBytes }) => String.fromCharCode(...authBytes))
  assert.match(sent[0]!, /Bearer token-1/)
  assert.match(sent[1]!, /Bearer token-2/)
  assert.equal(broker.dialled.length, 1)
  await cluster.close()
})

test('a session is not renewed within a second, which brokers refuse', async () => {
  const broker = brokerWithSessions(100)
  const sasl = { mechanism: 'OAUTHBEARER', token: () => 'abc' } as const
  const cluster = broker.cluster({ sasl })
  await cluster.run(task, async () => undefined)
  broker.clock.advance(999)
  await settle()
  assert.equal(broker.requests(saslAuthenticate).length, 1)
  broker.clock.advance(1)
  await settle()
  assert.equal(broker.requests(saslAuthenticate).length, 2)
  await cluster.close()
})

test('a session may be without an end, as those of tokens that have none', async () => {
  // Nearly what Java makes of a token that expires at `Long.MAX_VALUE`.
  const broker = brokerWithSessions(2 ** 62)
  const sasl = { mechanism: 'OAUTHBEARER', token: () => 'abc' } as const
  const cluster = broker.cluster({ sasl, retries: 0 })
  assert.equal(await cluster.run(task, async () => 'done'), 'done')
  await cluster.close()
})

test('while a token is waited for, a connection whose session lasts is used', async () => {
  const broker = brokerWithSessions(60_000)
  const tokens = [Promise.resolve('first'), Promise.withResolvers<string>().promise]
  const sasl = { mechanism: 'OAUTHBEARER', token: () => tokens.shift()! } as const
  const cluster = broker.cluster({ sasl })
  await cluster.run(task, async () => undefined)
  broker.clock.advance(58_000)
  await settle()
  assert.equal(tokens.length, 0)
  assert.equal((await cluster.topic('events')).partitions.length, 1)
  assert.equal(broker.dialled.length, 1)
  await cluster.close()
})

test('a token that cannot be had is tried again, as a broker that is away is', async () => {
  const broker = brokerWithSessions(0)
  let askedCount = 0
  const token = (): string => {
    if (++askedCount < 3) throw new Error('the authority is away')
    return 'abc'
  }
  const cluster = broker.cluster({ sasl: { mechanism: 'OAUTHBEARER', token } })
  const running = cluster.run(task, async () => 'done')
  for (let count = 0; count < 10; count++) {
    await settle()
    broker.clock.advance(1000)
  }
  assert.equal(await running, 'done')
  assert.equal(askedCount, 3)
  await cluster.close()
})

test('where it never can, the operation says why', async () => {
  const token = () => Promise.reject(new Error('the authority is away'))
  const sasl = { mechanism: 'OAUTHBEARER', token } as const
  const cluster = brokerWithSessions(0).cluster({ sasl, retries: 0 })
  const running = cluster.run(task, async () => undefined)
  await assert.rejects(running, { code: 'disconnected', message: /the authority is away/ })
  await cluster.close()
})
