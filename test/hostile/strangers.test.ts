/** Clients of a server that asks who is calling, and that do not say it, or not as they should. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { advertisedApis, handlerOf } from '../../src/broker/handlers.ts'
import { withFolder } from '../../src/server/offline.ts'
import { seededRandom } from '../support/random.ts'
import { randomRequest } from './fuzz/messages.ts'
import { framed, nextFrame, startHostileServer, untilClosed } from './hostile-server.ts'
import type { HostileServer } from './hostile-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'kafka-do-strangers-'))
let hostile: HostileServer

before(async () => {
  await withFolder(folder, ({ admin }) =>
    admin.alterScramCredentials([{ user: 'ann', password: 'secret' }]),
  )
  hostile = await startHostileServer({ dataFolder: folder, authentication: 'required' })
})
after(async () => {
  await hostile.close()
  rmSync(folder, { recursive: true })
})

const mayAsk = new Set(['ApiVersions', 'SaslHandshake'])

test('of all APIs a stranger is answered in two, and the others end the connection', async () => {
  for (const { apiKey } of advertisedApis) {
    const { name } = handlerOf(apiKey)!.api
    if (mayAsk.has(name)) continue
    const random = seededRandom(apiKey)
    const plan = { random, known: new Map(), correlationId: 1, strangePercent: 0, arrayMax: 1 }
    const socket = await hostile.dial()
    socket.write(framed(randomRequest({ ...plan, apiName: name }).message))
    assert.equal((await untilClosed(socket)).length, 0, name)
  }
  await hostile.check()
})

const handshake = (mechanism: string): Buffer =>
  framed(
    '0011' +
      '0001' +
      '00000001' +
      'ffff' +
      lengthOf(mechanism) +
      Buffer.from(mechanism).toString('hex'),
  )
const lengthOf = (text: string): string => text.length.toString(16).padStart(4, '0')

/** SaslAuthenticate v0 with these bytes. */
function token(bytes: Uint8Array, length = bytes.length): Buffer {
  const prefix = Buffer.alloc(4)
  prefix.writeInt32BE(length)
  return framed(Buffer.concat([Buffer.from('0024000000000002ffff', 'hex'), prefix, bytes]))
}

/** Tokens that authenticate nobody. */
const tokens: readonly (readonly [name: string, mechanism: string, token: Buffer])[] = [
  ['nothing', 'PLAIN', token(new Uint8Array(0))],
  ['no NUL', 'PLAIN', token(Buffer.from('ann secret'))],
  ['one NUL', 'PLAIN', token(Buffer.from('ann\0secret'))],
  ['a NUL too many', 'PLAIN', token(Buffer.from('\0ann\0secret\0'))],
  ['no password', 'PLAIN', token(Buffer.from('\0ann\0'))],
  ['no user', 'PLAIN', token(Buffer.from('\0\0secret'))],
  ['the rights of another', 'PLAIN', token(Buffer.from('root\0ann\0secret'))],
  ['bytes that are no text', 'PLAIN', token(Buffer.from('00ff00ff', 'hex'))],
  ['a password of 100 KiB', 'PLAIN', token(Buffer.from(`\0ann\0${'x'.repeat(100 * 1024)}`))],
  ['nothing', 'SCRAM-SHA-256', token(new Uint8Array(0))],
  ['no nonce', 'SCRAM-SHA-256', token(Buffer.from('n,,n=ann'))],
  ['a channel binding', 'SCRAM-SHA-256', token(Buffer.from('p=tls-unique,,n=ann,r=x'))],
  ['an escape that is none', 'SCRAM-SHA-256', token(Buffer.from('n,,n=a=3Fnn,r=x'))],
  ['an extension that must be known', 'SCRAM-SHA-256', token(Buffer.from('n,,m=x,n=ann,r=x'))],
  ['the last message first', 'SCRAM-SHA-512', token(Buffer.from('c=biws,r=x,p=dHk='))],
]

test('tokens that are none authenticate nobody, and end the connection', async () => {
  await Promise.all(
    tokens.map(async ([name, mechanism, bytes]) => {
      const socket = await hostile.dial()
      socket.write(handshake(mechanism))
      assert.equal((await nextFrame(socket)).readInt16BE(4), 0)
      const answered = untilClosed(socket)
      socket.write(bytes)
      const answer = await answered
      assert.equal(answer.readInt16BE(8), 58, `${mechanism} with ${name}`)
    }),
  )
  await hostile.check()
})

test('a token whose length lies, and a second handshake, end the connection', async () => {
  for (const bytes of [token(new Uint8Array(3), 2 ** 31 - 1), handshake('PLAIN')]) {
    const socket = await hostile.dial()
    socket.write(handshake('PLAIN'))
    await nextFrame(socket)
    const answered = untilClosed(socket)
    socket.write(bytes)
    await answered
  }
  await hostile.check()
})

test('a mechanism that there is none of is refused with those that there are', async () => {
  const socket = await hostile.dial()
  const answered = untilClosed(socket)
  socket.write(handshake('x'.repeat(30_000)))
  assert.equal((await answered).readInt16BE(8), 33)
  await hostile.check()
})
