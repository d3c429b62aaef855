import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../test/support/random.ts'
import { FrameSplitter, prefixed, putPrefixed } from './frame-splitter.ts'

function splitter(maxFrameBytes = 1_000_000): { splitter: FrameSplitter; frames: Uint8Array[] } {
  const frames: Uint8Array[] = []
  const onFrame = (message: Uint8Array): void => void frames.push(Uint8Array.from(message))
  return { splitter: new FrameSplitter({ maxFrameBytes, onFrame }), frames }
}

function framed(...frames: Uint8Array[]): Uint8Array {
  return Buffer.concat(frames.flatMap((frame) => prefixed([frame], frame.length)))
}

test('push() says so where an HTTP server answers', () => {
  const answer = Buffer.from('HTTP/1.1 400 Bad Request')
  const message = 'this port speaks HTTP'
  assert.throws(() => splitter().splitter.push(answer), { name: 'MalformedBytesError', message })
})

test('push() hands on the same frames however the bytes are cut', () => {
  const random = seededRandom()
  for (let round = 0; round < 200; round++) {
    const frames = Array.from({ length: 1 + random.below(6) }, () => {
      const length = random.below(10) === 0 ? random.below(300_000) : random.below(40)
      return new Uint8Array(length).fill(random.below(256))
    })
    const stream = framed(...frames)
    const { splitter: split, frames: received } = splitter()
    for (let position = 0; position < stream.length;) {
      const chunk = stream.subarray(
        position,
        position + 1 + random.below(Math.ceil(stream.length / 2)),
      )
      // Sometimes bytes are read straight to where the splitter wants them.
      const target = random.below(2) === 0 ? split.readTarget() : undefined
      const count = Math.min(chunk.length, target?.length ?? chunk.length)
      target?.set(chunk.subarray(0, count))
      split.push(target ? target.subarray(0, count) : chunk.subarray(0, count))
      position += count
    }
    assert.deepEqual(received, frames, `SEED=${random.seed}`)
    assert.equal(split.isBetweenFrames, true)
  }
})

test('push() refuses a negative length and one over the limit, and takes one at the limit', () => {
  for (const length of [-1, 11, 0x47455420]) {
    const prefix = new Uint8Array(4)
    new DataView(prefix.buffer).setInt32(0, length)
    assert.throws(() => splitter(10).splitter.push(prefix), {
      name: 'MalformedBytesError',
      message: `frame length ${length} is outside [0, 10]`,
    })
  }
  const { splitter: split, frames } = splitter(10)
  split.push(framed(new Uint8Array(10)))
  assert.equal(frames.length, 1)
})

test('push() does not set memory aside for bytes that are only declared', () => {
  const { splitter: split } = splitter(100_000_000)
  split.push(Uint8Array.of(5, 0, 0, 0, 1))
  assert.ok(split.readTarget()!.length < 100_000, String(split.readTarget()!.length))
})

test('push() collects one frame after the other in the same memory', () => {
  const memory: ArrayBufferLike[] = []
  const onFrame = (message: Uint8Array): void => void memory.push(message.buffer)
  const split = new FrameSplitter({ maxFrameBytes: 1_000_000, onFrame })
  const bytes = framed(new Uint8Array(100_000))
  for (let round = 0; round < 2; round++) {
    split.push(bytes.subarray(0, 50_000))
    split.push(bytes.subarray(50_000))
  }
  assert.equal(memory.length, 2)
  assert.equal(memory[0], memory[1])
})

test('push() collects in memory that is in proportion to what has arrived', () => {
  const { splitter: split } = splitter(10_000_000)
  split.push(framed(new Uint8Array(8_000_000)).subarray(0, 100_000))
  const total = split.readTarget()!.length + 100_000
  assert.ok(total <= 4 * 100_000, String(total))
})

test('prefixed() copies small frames into one piece and passes large ones on', () => {
  const small = prefixed([Uint8Array.of(1), Uint8Array.of(2)], 2)
  assert.deepEqual(small, [Uint8Array.of(0, 0, 0, 2, 1, 2)])
  const large = new Uint8Array(5000)
  assert.equal(prefixed([large], 5000)[1], large)
})

test('putPrefixed() writes a frame behind its length, and tells where the next one goes', () => {
  const bytes = new Uint8Array(600)
  const end = putPrefixed(bytes, 1, [Uint8Array.of(7), new Uint8Array(256).fill(8)])
  assert.equal(end, 1 + 4 + 257)
  assert.deepEqual([...bytes.subarray(0, 8)], [0, 0, 0, 1, 1, 7, 8, 8])
  assert.deepEqual([bytes[end - 1], bytes[end]], [8, 0])
})

test('pause() keeps what is left of the bytes at hand, and resume() goes on with it', () => {
  const frames: string[] = []
  const split = new FrameSplitter({
    maxFrameBytes: 100,
    onFrame: (message) => {
      frames.push(Buffer.from(message).toString())
      if (frames.length % 2 === 0) split.pause()
    },
  })
  const names = ['a', 'b', 'c', 'd', 'e']
  const stream = framed(...names.map((name) => Buffer.from(name)))
  const read = Uint8Array.from(stream.subarray(0, -3))
  split.push(read)
  read.fill(0xff)
  split.push(stream.subarray(-3))
  assert.deepEqual(frames, ['a', 'b'])
  assert.equal(split.isBetweenFrames, false)
  split.resume()
  assert.deepEqual(frames, ['a', 'b', 'c', 'd'])
  split.resume()
  assert.deepEqual(frames, names)
  assert.equal(split.isBetweenFrames, true)
})
