import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resolveServerOptions, type ServerOptions } from './server-options.ts'

test('origins are those that browsers send', () => {
  const allowedOrigins = [
    'https://example.com',
    'http://example.com:8080',
    'http://[::1]:3000',
    'null',
    'capacitor://localhost',
    'chrome-extension://abcdef',
  ]
  assert.deepEqual(resolveServerOptions({ allowedOrigins }).allowedOrigins, allowedOrigins)
})

test('options that would let nobody in are refused by name', () => {
  const cases: [ServerOptions, string][] = [
    [{ allowedOrigins: ['https://example.com/'] }, 'allowedOrigins'],
    [{ allowedOrigins: ['https://example.com/app'] }, 'allowedOrigins'],
    [{ allowedOrigins: ['https://example.com:443'] }, 'allowedOrigins'],
    [{ allowedOrigins: ['https://Example.com'] }, 'allowedOrigins'],
    [{ allowedOrigins: ['example.com'] }, 'allowedOrigins'],
    [{ allowedOrigins: ['*'] }, 'allowedOrigins'],
    [{ advertise: 'PLAINTEXT://example.com:9092' }, 'advertise'],
    [{ advertise: 'http://example.com:9092' }, 'advertise'],
    [{ advertise: 'a.example.com:9092,b.example.com:9092' }, 'advertise'],
    [{ advertise: 'example.com' }, 'advertise'],
  ]
  for (const [options, option] of cases) {
    assert.throws(() => resolveServerOptions(options), { option }, JSON.stringify(options))
  }
})

test('clients are told what is advertised', () => {
  const advertised = (advertise: string) => resolveServerOptions({ advertise }).advertised
  assert.deepEqual(advertised('example.com:443'), { host: 'example.com', port: 443 })
  assert.deepEqual(advertised('[fe80::1]:9092'), { host: 'fe80::1', port: 9092 })
})
