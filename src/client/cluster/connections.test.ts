import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ScriptedBroker, settled } from '../../../test/support/scripted-broker.ts'
import type { Dialer } from '../../connection/frame.ts'
import { metadata } from '../../protocol/metadata.ts'
import { saslAuthenticate } from '../../protocol/sasl-authenticate.ts'
import { saslHandshake } from '../../protocol/sasl-handshake.ts'
import { resolveKafkaOptions, type KafkaOptions } from '../settings/kafka-options.ts'
import { Connections, clientVersion } from './connections.ts'

function connect(broker: ScriptedBroker, options: KafkaOptions = {}): Connections {
  const platform = broker.platform()
  return new Connections(
    resolveKafkaOptions({ url: 'kafka://b:1', ...options }, platform),
    platform,
  )
}

const address = { host: 'b', port: 1 }

test('clientVersion is that of package.json', () => {
  const manifest = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')
  assert.equal(clientVersion, (JSON.parse(manifest) as { version: string }).version)
})

test('channel() shares a connection for a purpose, also while it is being opened', async () => {
  const broker = new ScriptedBroker()
  const connections = connect(broker)
  const [a, b] = await Promise.all([
    connections.channel(address, 'requests'),
    connections.channel(address, 'requests'),
  ])
  assert.equal(a, b)
  assert.notEqual(await connections.channel(address, 'fetch'), a)
  assert.equal(broker.dialled.length, 2)
})

test('channel() opens another connection after one broke', async () => {
  const broker = new ScriptedBroker()
  const connections = connect(broker)
  const first = await connections.channel(address, 'requests')
  broker.disconnect()
  await first.closed
  await settled()
  assert.notEqual(await connections.channel(address, 'requests'), first)
})

test('channel() opens another connection before a broker ends one that nobody uses', async () => {
  const broker = new ScriptedBroker().withTopics({})
  const connections = connect(broker)
  const first = await connections.channel(address, 'requests')
  broker.clock.advance(2 * 60_000)
  assert.equal(await connections.channel(address, 'requests'), first)
  await first.request(metadata, { topics: [] })
  broker.clock.advance(2 * 60_000)
  assert.equal(await connections.channel(address, 'requests'), first)
  broker.clock.advance(2 * 60_000)
  const second = await connections.channel(address, 'requests')
  assert.notEqual(second, first)
  assert.equal(first.isClosed, true)
  // One whose answer takes its time is in use.
  broker.on(metadata, () => undefined)
  const waiting = second.request(metadata, { topics: [] }, { timeoutMs: 10 * 60_000 })
  broker.clock.advance(5 * 60_000)
  assert.equal(await connections.channel(address, 'requests'), second)
  second.close()
  await assert.rejects(waiting, { code: 'disconnected' })
})

test('channel() says where it could not connect to, and tries anew the next time', async () => {
  const broker = new ScriptedBroker()
  broker.down.add('b:1')
  const connections = connect(broker)
  const expected = { code: 'disconnected', message: 'cannot connect to b:1: ECONNREFUSED b:1' }
  await assert.rejects(connections.channel(address, 'requests'), expected)
  assert.equal(connections.hasConnected, false)
  broker.down.clear()
  await settled()
  await connections.channel(address, 'requests')
  assert.equal(connections.hasConnected, true)
})

test('channel() gives up on a broker that does not take the connection', async () => {
  const broker = new ScriptedBroker()
  const platform = {
    ...broker.platform(),
    transports: {
      kafka: () => ({ dialer: { dial: () => new Promise<never>(() => undefined) } }),
    },
  }
  const connections = new Connections(
    resolveKafkaOptions({ url: 'kafka://b:1' }, platform),
    platform,
  )
  const waiting = connections.channel(address, 'requests')
  broker.clock.advance(10_000)
  await assert.rejects(waiting, { code: 'disconnected', message: /10000 ms/ })
})

test('channel() closes a connection that is ready only when nobody waits any more', async () => {
  const broker = new ScriptedBroker()
  const { dialer } = broker
  const late: (() => void)[] = []
  const dial: Dialer['dial'] = async (...place) => {
    const stream = await dialer.dial(...place)
    const start = stream.start.bind(stream)
    stream.start = ({ onFrame, onClose }) =>
      start({
        onFrame(message) {
          const copy = message.slice()
          late.push(() => onFrame(copy))
        },
        onClose,
      })
    return stream
  }
  const platform = { ...broker.platform(), transports: { kafka: () => ({ dialer: { dial } }) } }
  const options = resolveKafkaOptions({ url: 'kafka://b:1' }, platform)
  const waiting = new Connections(options, platform).channel(address, 'requests')
  await settled()
  broker.clock.advance(10_000)
  await assert.rejects(waiting, { code: 'disconnected', message: /10000 ms/ })
  for (const bring of late) bring()
  await settled()
  assert.equal(late.length, 1)
  assert.equal(broker.connectionCount, 0)
})

test('a signal gives up the waiting, and leaves the connection to others', async () => {
  const broker = new ScriptedBroker()
  const connections = connect(broker)
  const controller = new AbortController()
  const impatient = connections.channel(address, 'requests', controller.signal)
  const patient = connections.channel(address, 'requests')
  controller.abort(new Error('enough'))
  await assert.rejects(impatient, { message: 'enough' })
  assert.equal((await patient).isClosed, false)
})

test('closePurpose() closes the connections for it, and no others', async () => {
  const connections = connect(new ScriptedBroker())
  const kept = await connections.channel(address, 'fetch-10')
  const closed = await connections.channel(address, 'fetch-1')
  connections.closePurpose('fetch-1')
  await closed.closed
  assert.equal(kept.isClosed, false)
})

test('close() closes all connections, refuses new ones, and closes the transport', async () => {
  const broker = new ScriptedBroker()
  let isTransportClosed = false
  const close = async (): Promise<void> => {
    isTransportClosed = true
  }
  const platform = {
    ...broker.platform(),
    transports: { kafka: () => ({ dialer: broker.dialer, close }) },
  }
  const connections = new Connections(
    resolveKafkaOptions({ url: 'kafka://b:1' }, platform),
    platform,
  )
  const channel = await connections.channel(address, 'requests')
  await connections.close()
  assert.equal(channel.isClosed, true)
  assert.equal(isTransportClosed, true)
  await assert.rejects(connections.channel(address, 'requests'), { code: 'closed' })
})

test('an API key is given by SASL/PLAIN on each connection', async () => {
  const broker = new ScriptedBroker()
    .on(saslHandshake, () => ({ errorCode: 0, mechanisms: ['PLAIN'] }))
    .on(saslAuthenticate, ({ authBytes }) => {
      const isRight = new TextDecoder().decode(authBytes) === '\0api-key\0secret'
      return { errorCode: isRight ? 0 : 58, errorMessage: isRight ? null : 'unknown key' }
    })
  await connect(broker, { apiKey: 'secret' }).channel(address, 'requests')
  const wrong = connect(broker, { apiKey: 'guess' }).channel(address, 'requests')
  await assert.rejects(wrong, { code: 'unauthorized', message: /unknown key/ })
})

test('a broker that wants no key does not get it', async () => {
  const none = new ScriptedBroker()
  await connect(none, { apiKey: 'secret' }).channel(address, 'requests')
  // Apache Kafka lists SaslHandshake on listeners without SASL too.
  const refusing = new ScriptedBroker().on(saslHandshake, () => ({ errorCode: 34, mechanisms: [] }))
  await connect(refusing, { apiKey: 'secret' }).channel(address, 'requests')
  assert.equal(refusing.seen.length, 1)
})
