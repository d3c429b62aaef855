import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WebStreamFrames } from './web-stream-frames.ts'

const maxFrameBytes = 1000

/** The two ends of a connection: frames on this one, bytes on that one. */
function connect(writable = new TransformStream<Uint8Array, Uint8Array>()) {
  const incoming = new TransformStream<Uint8Array, Uint8Array>()
  const remote = incoming.writable.getWriter()
  const events: string[] = []
  let isOpen = true
  const close = async (): Promise<void> => void (isOpen = false)
  const streams = { readable: incoming.readable, writable: writable.writable, close }
  const frames = new WebStreamFrames(streams, { maxFrameBytes })
  const { promise: closed, resolve } = Promise.withResolvers<Error | undefined>()
  const start = (onFrame: (text: string) => void = () => undefined): void =>
    frames.start({
      onFrame: (message) => {
        const text = new TextDecoder().decode(message)
        events.push(text)
        onFrame(text)
      },
      onClose: resolve,
      onDrain: () => events.push('drained'),
    })
  const sent = writable.readable.getReader()
  return { frames, remote, sent, events, start, closed, isOpen: () => isOpen }
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const framed = (text: string): Uint8Array => Uint8Array.of(0, 0, 0, text.length, ...bytesOf(text))

test('frames arrive whole, however they were cut, and the end is the end', async () => {
  const { remote, events, start, closed, isOpen } = connect()
  start()
  for (const byte of framed('one')) await remote.write(Uint8Array.of(byte))
  await remote.write(Uint8Array.of(...framed('two'), ...framed(''), ...framed('three')))
  await remote.close()
  assert.equal(await closed, undefined)
  assert.deepEqual(events, ['one', 'two', '', 'three'])
  assert.equal(isOpen(), false)
})

test('send() writes a frame, and counts its bytes until they are taken', async () => {
  const { frames, sent, events, start } = connect()
  start()
  frames.send([bytesOf('o'), bytesOf('ne')])
  assert.equal(frames.bufferedBytes, 7)
  assert.deepEqual((await sent.read()).value, framed('one'))
  await new Promise(setImmediate)
  assert.equal(frames.bufferedBytes, 0)
  assert.deepEqual(events, ['drained'])
})

test('pause() holds frames back until resume(), which may be paused again', async () => {
  const { frames, remote, events, start, closed } = connect()
  start((text) => {
    if (text !== 'three') frames.pause()
  })
  await remote.write(Uint8Array.of(...framed('one'), ...framed('two')))
  // The other side waits, too: nobody reads.
  const third = remote.write(framed('three'))
  await new Promise(setImmediate)
  assert.deepEqual(events, ['one'])
  frames.resume()
  await new Promise(setImmediate)
  assert.deepEqual(events, ['one', 'two'])
  frames.resume()
  await third
  await remote.close()
  await closed
  assert.deepEqual(events, ['one', 'two', 'three'])
})

test('close() ends a connection that is paused, and what is sent then is dropped', async () => {
  const { frames, start, closed, isOpen } = connect()
  start()
  frames.pause()
  frames.close(new Error('enough'))
  frames.send([bytesOf('late')])
  assert.equal((await closed)?.message, 'enough')
  assert.deepEqual([frames.bufferedBytes, isOpen()], [0, false])
})

test('a length that cannot be ends the connection, and so does a read that fails', async () => {
  const large = connect()
  large.start()
  await large.remote.write(Uint8Array.of(0, 0, 4, 0))
  assert.match((await large.closed)!.message, /frame length 1024 is outside/)
  const broken = connect()
  broken.start()
  await broken.remote.abort(new Error('reset by peer'))
  assert.equal((await broken.closed)?.message, 'reset by peer')
})

test('a write that fails ends the connection', async () => {
  const { frames, sent, start, closed } = connect()
  start()
  await sent.cancel(new Error('no more'))
  frames.send([bytesOf('one')])
  assert.equal((await closed)?.message, 'no more')
})
