import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  apiVersionsFrame,
  frames,
  framed,
  nextFrame,
  startHostileServer,
  untilClosed,
  type HostileServer,
} from './hostile-server.ts'

const maxRequestBytes = 1024 * 1024
let hostile: HostileServer

before(async () => {
  hostile = await startHostileServer({ maxRequestBytes })
})
after(() => hostile.close())

const header = (api: string, version: string, rest = ''): string =>
  `${api}${version}00000001ffff${rest}`
const int32 = (value: number): string => (value >>> 0).toString(16).padStart(8, '0')

/** Bytes as they come from the wire, all of which end their connection. */
const closed: Readonly<Record<string, string>> = {
  'a length of -1': 'ffffffff' + '00'.repeat(8),
  'the smallest length': '80000000' + '00'.repeat(8),
  'the largest length': '7fffffff' + '00'.repeat(8),
  'a length one over the limit': int32(maxRequestBytes + 1),
  'a length of 0': '00000000',
  'a frame of 1 byte': '0000000100',
  'a frame of 7 bytes': '00000007' + '00120000000000',
  'text of no protocol': Buffer.from('hello there, who are you?\n').toString('hex'),
  'a TLS hello': '1603010200010001fc0303' + 'ab'.repeat(32),
  'the line of a proxy': Buffer.from('PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\n').toString('hex'),
  'an API that there is none of': '0000000a' + header('7fff', '0000'),
  'an API that only brokers have': '0000000a' + header('0004', '0000'),
  'an API with a negative number': '0000000a' + header('ffff', '0000'),
  'a version that there is none of': '0000000a' + header('0003', '7fff'),
  'a negative version': '0000000a' + header('0003', 'ffff'),
  'a client id that is cut off': '0000000c' + '0012' + '0000' + '00000001' + '7fff' + '6161',
  'a client id that is no UTF-8': '0000000c' + '0012' + '0000' + '00000001' + '0002' + 'c328',
  'a client id of length -2': '0000000a' + '0012' + '0000' + '00000001' + 'fffe',
}

for (const [name, hex] of Object.entries(closed)) {
  test(`${name} closes the connection, and no other`, async () => {
    const other = await hostile.dial()
    const socket = await hostile.dial()
    socket.write(Buffer.from(hex, 'hex'))
    assert.equal((await untilClosed(socket)).length, 0)
    other.write(apiVersionsFrame)
    assert.equal((await nextFrame(other)).readInt32BE(0), 7)
    other.destroy()
    await hostile.check()
  })
}

/** Bodies of Metadata v1 (an array of strings) and v9 (compact, with tags) that lie. */
const lies: Readonly<Record<string, string>> = {
  'an array of 2³¹ - 1 items': header('0003', '0001', '7fffffff'),
  'an array of -2 items': header('0003', '0001', 'fffffffe'),
  'an array of the smallest length': header('0003', '0001', '80000000'),
  'an array with an item more than there is': header('0003', '0001', '00000002' + '0001' + '61'),
  'a string longer than the message': header('0003', '0001', '00000001' + '7fff' + '61'),
  'a string of length -2': header('0003', '0001', '00000001' + 'fffe'),
  'null where a string must be': header('0003', '0001', '00000001' + 'ffff'),
  'a string that is no UTF-8': header('0003', '0001', '00000001' + '0002' + 'c328'),
  'a compact array of 2³² - 2 items': header('0003', '0009', '00' + 'ffffffff0f'),
  'a varint of six bytes': header('0003', '0009', '00' + 'ffffffffff01'),
  'a varint without end': header('0003', '0009', '00' + 'ff'.repeat(40)),
  'a varint over 32 bits': header('0003', '0009', '00' + 'ffffffff7f'),
  'a compact string longer than there is': header('0003', '0009', '00' + '02' + 'ff7f' + '61'),
  'tags of a header that lie in number': header('0003', '0009', 'ffffffff0f'),
  'a tag that is longer than there is': header('0003', '0009', '01' + '00' + 'ffffffff0f'),
  'tags out of order': header('0003', '0009', '00' + '01' + '000000' + '02' + '0500' + '0100'),
  'the same tag twice': header('0003', '0009', '00' + '01' + '000000' + '02' + '0500' + '0500'),
  'records of a length of 2³¹ - 1': header(
    '0000',
    '0003',
    'ffff' + 'ffff' + '00000000' + '00000001' + '000161' + '00000001' + '00000000' + '7fffffff',
  ),
  'nothing behind the header': header('0003', '0001'),
}

for (const [name, hex] of Object.entries(lies)) {
  test(`${name} closes the connection`, async () => {
    const socket = await hostile.dial()
    socket.write(framed(hex))
    assert.equal((await untilClosed(socket)).length, 0)
    await hostile.check()
  })
}

/** What is odd, but answered: by the correlation id that the answer begins with. */
const answered: Readonly<Record<string, string>> = {
  'a client id of 32 KiB': `001200000000002a7fff${'61'.repeat(32_767)}`,
  'a client id with control characters': '001200000000002a' + '0005' + '0a1b5b0d00',
  'an ApiVersions of a version to come': '001200630000002a' + 'ffff' + '00',
  'an ApiVersions of a negative version': '0012ffff0000002a' + 'ffff',
  'a byte too many behind the body': '001200000000002a' + 'ffff' + '00',
  'a tag that nobody knows': '000300090000002a' + 'ffff' + '01' + '630161' + '01' + '000000' + '00',
}

for (const [name, hex] of Object.entries(answered)) {
  test(`${name} is answered`, async () => {
    const socket = await hostile.dial()
    socket.write(framed(hex))
    assert.equal((await nextFrame(socket)).readInt32BE(0), 0x2a)
    socket.destroy()
    await hostile.check()
  })
}

test('a request that comes a byte at a time is answered', async () => {
  const socket = await hostile.dial()
  const answer = nextFrame(socket)
  for (const byte of apiVersionsFrame) {
    socket.write(Uint8Array.of(byte))
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.equal((await answer).readInt32BE(0), 7)
  socket.destroy()
})

test('the same correlation id twice gets two answers', async () => {
  const socket = await hostile.dial()
  socket.write(Buffer.concat([apiVersionsFrame, apiVersionsFrame]))
  const answers = await frames(socket, 2)
  assert.deepEqual(
    answers.map((answer) => answer.readInt32BE(0)),
    [7, 7],
  )
  socket.destroy()
})

test('what follows a frame that is none is not looked at', async () => {
  const socket = await hostile.dial()
  const bad = framed(header('0003', '7fff'))
  socket.write(Buffer.concat([bad, apiVersionsFrame, apiVersionsFrame]))
  assert.equal((await untilClosed(socket)).length, 0)
  await hostile.check()
})

test('ten thousand requests at once are answered in order, and others meanwhile', async () => {
  const socket = await hostile.dial()
  const count = 10_000
  const requests = Array.from({ length: count }, (_, index) => {
    const frame = Buffer.from(apiVersionsFrame)
    frame.writeInt32BE(index, 8)
    return frame
  })
  const answers = frames(socket, count)
  socket.write(Buffer.concat(requests))
  await hostile.check()
  const ids = (await answers).map((answer) => answer.readInt32BE(0))
  assert.deepEqual(
    ids,
    ids.map((_, index) => index),
  )
  assert.equal(ids.length, count)
  socket.destroy()
})

test('a request with more items than a full broker has names for is refused', async () => {
  const socket = await hostile.dial()
  const count = 260_000
  // Metadata v1 with as many empty names.
  const items = Buffer.alloc(2 * count)
  socket.write(
    framed(Buffer.concat([Buffer.from(header('0003', '0001', int32(count)), 'hex'), items])),
  )
  assert.equal((await untilClosed(socket)).length, 0)
  await hostile.check()
})

test('200 connections of 8 bytes each that announce a megabyte cost less than a megabyte each', async () => {
  const sockets = await Promise.all(Array.from({ length: 200 }, () => hostile.dial()))
  const before = process.memoryUsage()
  for (const socket of sockets)
    socket.write(Buffer.from(`${int32(maxRequestBytes)}00000000`, 'hex'))
  await hostile.check()
  const now = process.memoryUsage()
  const grownBytes = now.heapUsed + now.external - before.heapUsed - before.external
  assert.ok(grownBytes < sockets.length * 1024 * 1024, `${grownBytes} bytes`)
  for (const socket of sockets) socket.destroy()
})
