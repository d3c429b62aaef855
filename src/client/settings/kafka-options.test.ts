import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../../runtime/runtime.ts'
import { systemClock, systemRandom } from '../../runtime/system-runtime.ts'
import { resolveKafkaOptions, type KafkaOptions } from './kafka-options.ts'
import type { Platform } from './platform.ts'

const noTransport = () => {
  throw new Error('nothing is to be opened here')
}

function resolve(options: KafkaOptions = {}, env: Platform['env'] = {}) {
  return resolveKafkaOptions(options, {
    transports: {
      http: noTransport,
      https: noTransport,
      kafka: noTransport,
      kafkas: noTransport,
      memory: noTransport,
    },
    clock: systemClock,
    random: systemRandom,
    codecs: {},
    env,
    logger: silentLogger,
  })
}

const addresses = (url: string): string[] =>
  resolve({ url }).addresses.map(({ host, port }) => `${host} ${port}`)

test('a client without options is for a server on this machine', () => {
  const options = resolve()
  assert.equal(options.url, 'http://localhost:9092')
  assert.equal(options.timeoutMs, 30_000)
  assert.equal(options.retries, 3)
  assert.equal(options.metadataMaxAgeMs, 300_000)
  assert.equal(options.clientId, 'kafka.do')
  assert.equal(options.credentials, undefined)
})

test('URL and key come from the environment, unless they are given', () => {
  const env = { KAFKA_DO_URL: 'https://kafka.do', KAFKA_DO_API_KEY: 'secret' }
  const options = resolve({}, env)
  assert.equal(options.scheme, 'https')
  assert.deepEqual(options.credentials, {
    mechanism: 'PLAIN',
    username: 'api-key',
    password: 'secret',
  })
  const unset = { url: null, apiKey: null } as never
  assert.deepEqual(resolve(unset, env), options)
  assert.equal(resolve({ url: 'memory:' }, env).scheme, 'memory')
  assert.partialDeepStrictEqual(resolve({ apiKey: 'other' }, env).credentials, {
    password: 'other',
  })
})

test('a URL names a host and a port, or several', () => {
  assert.deepEqual(addresses('http://example.com'), ['example.com 80'])
  assert.deepEqual(addresses('https://example.com/ignored?too'), ['example.com 443'])
  assert.deepEqual(addresses('http://[::1]:9092'), ['::1 9092'])
  assert.deepEqual(addresses('kafka://b1:9092,b2:9093, b3'), ['b1 9092', 'b2 9093', 'b3 9092'])
  assert.deepEqual(addresses('kafkas://b1'), ['b1 9093'])
})

test('an @ behind host and port is of the path, and ends no user', () => {
  for (const rest of ['/?user=a@b.c', '/@scope/x', '#a@b', '?a:b@c:1/']) {
    const { url, credentials, ...options } = resolve({ url: `https://example.com:9092${rest}` })
    assert.equal(url, `https://example.com:9092${rest}`)
    assert.equal(credentials, undefined)
    assert.deepEqual(options.addresses, [{ host: 'example.com', port: 9092 }])
  }
  assert.deepEqual(addresses('http://ann:s/e:6/b@b1:9092/x'), ['b1 9092'])
})

test('messages have the URL without user and password', () => {
  assert.equal(resolve({ url: 'http://ann:secret@b1:9092' }).url, 'http://b1:9092')
  assert.equal(resolve({ url: 'kafka://ann:secret@b1,b2' }).url, 'kafka://b1,b2')
  const refused = (error: Error): boolean => !error.message.includes('secret')
  assert.throws(() => resolve({ url: 'kafka://ann:secret@b1:x' }), refused)
  assert.throws(() => resolve({ url: 'amqp://ann:secret@b1' }), refused)
})

test('credentials are a key, or a user and a password', () => {
  assert.deepEqual(resolve({ apiKey: 'ann:se:cret' }).credentials, {
    mechanism: 'PLAIN',
    username: 'ann',
    password: 'se:cret',
  })
  assert.deepEqual(resolve({ apiKey: 'k1.se.cret' }).credentials, {
    mechanism: 'PLAIN',
    username: 'k1',
    password: 'se.cret',
  })
  const sasl = { mechanism: 'SCRAM-SHA-512', username: 'ann', password: 'secret' } as const
  assert.deepEqual(resolve({ apiKey: 'k1.unused', sasl }).credentials, {
    mechanism: 'SCRAM-SHA-512',
    username: 'ann',
    password: 'secret',
  })
  assert.deepEqual(resolve({ url: 'kafkas://ann:p%40ss@b1:9093,b2:9093' }).credentials, {
    mechanism: 'PLAIN',
    username: 'ann',
    password: 'p@ss',
  })
})

test('a password in a URL may have in it what means something in URLs', () => {
  const cases = [
    ['p@ss', 'p@ss'],
    ['100%', '100%'],
    ['%x%zz', '%x%zz'],
    ['k/+x==', 'k/+x=='],
    ['a#b?c', 'a#b?c'],
    ['%E2%82%AC%40', '\u20ac@'],
  ] as const
  for (const [given, password] of cases) {
    const { url, addresses, credentials } = resolve({ url: `kafkas://ann:${given}@b1:9093,b2` })
    assert.equal(url, 'kafkas://b1:9093,b2')
    assert.deepEqual(
      addresses.map(({ host }) => host),
      ['b1', 'b2'],
    )
    assert.partialDeepStrictEqual(credentials, { username: 'ann', password }, given)
  }
  const refused = (error: Error): boolean => !/k\/|x==/.test(error.message)
  assert.throws(() => resolve({ url: 'kafka://ann:k/x==@b1:x' }), refused)
})

test('options that cannot work are refused by name', () => {
  const cases: [KafkaOptions, string][] = [
    [{ url: 'ftp://example.com' }, 'url'],
    [{ url: 'file:./data' }, 'url'],
    [{ url: 'example.com:9092' }, 'url'],
    [{ url: 'http://' }, 'url'],
    [{ url: 'kafka://b1:9092,' }, 'url'],
    [{ url: 'kafka://b1:99999' }, 'url'],
    [{ timeout: 'soon' as never }, 'timeout'],
    [{ metadataMaxAge: 'never' as never }, 'metadataMaxAge'],
    [{ metadataMaxAge: 0 }, 'metadataMaxAge'],
    [{ retries: -1 }, 'retries'],
    [{ retries: 1.5 }, 'retries'],
    [{ sasl: { mechanism: 'MD5' as never, username: 'a', password: 'b' } }, 'sasl.mechanism'],
    [{ brokers: ['b1:9092'] } as never, 'brokers'],
    [{ tls: { rejectUnauthorized: false } } as never, 'rejectUnauthorized'],
  ]
  for (const [options, option] of cases) {
    assert.throws(
      () => resolve(options),
      { code: 'invalid_option', option },
      JSON.stringify(options),
    )
  }
})
