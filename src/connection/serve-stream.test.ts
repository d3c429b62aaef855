import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MalformedBytesError } from '../bytes/reader.ts'
import { ManualClock } from '../runtime/manual-clock.ts'
import { silentLogger, type GiveWay } from '../runtime/runtime.ts'
import type { Frame, FrameReceiver, FrameStream } from './frame.ts'
import { IdleWatch } from './idle-watch.ts'
import { RefusedRequestError, type Peer, type Reply } from './request-handler.ts'
import { serveStream } from './serve-stream.ts'
import { UnreadAnswers } from './unread-answers.ts'

/** A handler whose answers are given by hand: messages of one byte, 'p…' ones are pipelined. */
function serve({
  opened = () => {},
  ...options
}: {
  giveWay?: GiveWay
  idle?: IdleWatch
  unread?: UnreadAnswers
  opened?: (peer: Peer) => void
  strangerMaxBytes?: number
  onAuthenticated?: () => void
} = {}): {
  stream: FakeStream
  started: string[]
  answer: (name: string, error?: Error) => Promise<void>
} {
  const stream = new FakeStream()
  const started: string[] = []
  const waiting = new Map<string, PromiseWithResolvers<Frame | undefined>>()
  serveStream(stream, {
    handler: {
      opened,
      handle(message): Reply {
        const name = Buffer.from(message).toString()
        started.push(name)
        if (name.startsWith('now')) return [message.slice()]
        const answer = Promise.withResolvers<Frame | undefined>()
        waiting.set(name, answer)
        return answer.promise
      },
      isPipelined: (message) => message[0] === 0x70,
    },
    logger: silentLogger,
    peer: { kind: 'tcp', host: 'test', dialled: { host: 'test', port: 1 }, isPrivate: true },
    ...options,
  })
  return {
    stream,
    started,
    async answer(name, error) {
      if (error) waiting.get(name)!.reject(error)
      else waiting.get(name)!.resolve([Buffer.from(name)])
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

class FakeStream implements FrameStream {
  readonly sent: string[] = []
  bufferedBytes = 0
  movedBytes = 0
  isClosed = false
  isPaused = false
  closedWith: Error | undefined
  /** Limits that were set, in order. */
  readonly limits: (number | undefined)[] = []
  receiver!: FrameReceiver

  start(receiver: FrameReceiver): void {
    this.receiver = receiver
  }
  receive(...names: string[]): void {
    for (const name of names) this.receiver.onFrame(Buffer.from(name))
  }
  send(frame: Frame): void {
    this.sent.push(Buffer.concat(frame).toString())
  }
  pause(): void {
    this.isPaused = true
  }
  resume(): void {
    this.isPaused = false
  }
  limitFrames(maxBytes: number | undefined): void {
    this.limits.push(maxBytes)
  }
  close(reason?: Error): void {
    this.closedWith = reason
    this.isClosed = true
    this.receiver.onClose(reason)
  }
}

test('pipelined requests start at once and are answered in the order they came in', async () => {
  const { stream, started, answer } = serve()
  stream.receive('p1', 'p2', 'p3')
  assert.deepEqual(started, ['p1', 'p2', 'p3'])
  await answer('p3')
  await answer('p2')
  assert.deepEqual(stream.sent, [])
  await answer('p1')
  assert.deepEqual(stream.sent, ['p1', 'p2', 'p3'])
})

test('other requests wait for those before them, and those behind wait for them', async () => {
  const { stream, started, answer } = serve()
  stream.receive('p1', 'f1', 'p2')
  assert.deepEqual(started, ['p1'])
  assert.equal(stream.isPaused, true)
  await answer('p1')
  assert.deepEqual(started, ['p1', 'f1'])
  await answer('f1')
  assert.deepEqual(started, ['p1', 'f1', 'p2'])
  assert.equal(stream.isPaused, false)
  await answer('p2')
  assert.deepEqual(stream.sent, ['p1', 'f1', 'p2'])
})

test('an answer that is ready at once still waits for its turn', async () => {
  const { stream, answer } = serve()
  stream.receive('p1', 'now')
  assert.deepEqual(stream.sent, [])
  await answer('p1')
  assert.deepEqual(stream.sent, ['p1', 'now'])
})

test('what a client has sent before it went is done in its order', async () => {
  const { stream, started, answer } = serve()
  stream.receive('p1', 'f1', 'f2')
  stream.receiver.onClose()
  await answer('p1')
  await answer('f1')
  assert.deepEqual(started, ['p1', 'f1', 'f2'])
  assert.deepEqual(stream.sent, [])
})

test('nothing more is done for who did not say in time who it is', async () => {
  const { stream, started, answer } = serve()
  stream.receive('f1', 'f2')
  stream.close(new RefusedRequestError('nobody has authenticated in time'))
  await answer('f1')
  assert.deepEqual(started, ['f1'])
})

test('nothing is done behind an answer that is the last, also where the client went', async () => {
  let peer: Peer | undefined
  const { stream, started, answer } = serve({ opened: (opened) => (peer = opened) })
  stream.receive('f1', 'f2')
  stream.receiver.onClose()
  peer!.closeAfterAnswer(new Error('not who it says'))
  await answer('f1')
  assert.deepEqual(started, ['f1'])
})

test('requests are not started while the client does not take its answers', () => {
  const { stream, started } = serve()
  stream.bufferedBytes = 10_000_000
  stream.receive('now1')
  assert.deepEqual(started, [])
  assert.equal(stream.isPaused, true)
  stream.bufferedBytes = 0
  stream.receiver.onDrain!()
  assert.deepEqual(stream.sent, ['now1'])
  assert.equal(stream.isPaused, false)
})

test('a connection that is muted is not read from until all who muted it agree', () => {
  const peers: Peer[] = []
  const { stream, started } = serve({ opened: (peer) => void peers.push(peer) })
  const [first, second] = [peers[0]!.mute(), peers[0]!.mute()]
  stream.receive('now1', 'now2')
  assert.equal(stream.isPaused, true)
  first()
  first()
  assert.deepEqual(started, [])
  second()
  assert.deepEqual(stream.sent, ['now1', 'now2'])
  assert.equal(stream.isPaused, false)
})

test('a request that fails closes its connection with the reason', async () => {
  const { stream, answer } = serve()
  stream.receive('p1')
  await answer('p1', new MalformedBytesError('broken'))
  assert.equal(stream.closedWith?.message, 'broken')
})

test('a client that sends hundreds of requests at once lets others have their turn', () => {
  const turns: (() => void)[] = []
  const { stream, started } = serve({ giveWay: (callback) => void turns.push(callback) })
  const names = Array.from({ length: 300 }, (_, index) => `now ${index}`)
  stream.receive(...names)
  assert.equal(started.length, 64)
  assert.equal(stream.isPaused, true)
  for (let turn = turns.shift(); turn; turn = turns.shift()) turn()
  assert.deepEqual(started, names)
  assert.equal(stream.isPaused, false)
})

test('a long request is followed by others only after a turn of all', () => {
  const turns: (() => void)[] = []
  const { stream, started } = serve({ giveWay: (callback) => void turns.push(callback) })
  stream.receive(`now ${'x'.repeat(256 * 1024)}`, 'now')
  assert.equal(started.length, 1)
  turns.shift()!()
  assert.equal(started.length, 2)
})

test('what came behind a request that ends the connection is not looked at', () => {
  const { stream, started, answer } = serve()
  stream.receive('p1', 'f1')
  stream.close = (reason) => void (stream.closedWith = reason)
  void answer('p1', new Error('refused'))
  return new Promise<void>((resolve) => {
    setImmediate(() => {
      stream.receive('now')
      assert.deepEqual(started, ['p1'])
      assert.equal(stream.closedWith?.message, 'refused')
      resolve()
    })
  })
})

test('closeAfterAnswer() lets the answer leave, and nothing be started after it', async () => {
  let peer!: Peer
  const { stream, started, answer } = serve({ opened: (opened) => (peer = opened) })
  stream.receive('f1', 'f2')
  peer.closeAfterAnswer(new Error('no more'))
  assert.equal(String(stream.closedWith), 'undefined')
  await answer('f1')
  assert.deepEqual(stream.sent, ['f1'])
  assert.equal(String(stream.closedWith), 'Error: no more')
  assert.deepEqual(started, ['f1'])
})

test('a stranger is held to small messages until it is known who it is', () => {
  let peer!: Peer
  let count = 0
  const { stream } = serve({
    opened: (opened) => (peer = opened),
    strangerMaxBytes: 100,
    onAuthenticated: () => count++,
  })
  assert.deepEqual(stream.limits, [100])
  peer.authenticated()
  assert.deepEqual([stream.limits, count], [[100, undefined], 1])
})

test('a connection is closed without a reason once nobody has used it for so long', () => {
  const clock = new ManualClock()
  const idle = new IdleWatch({ clock, maxIdleMs: 1000 })
  const { stream } = serve({ idle })
  const { stream: used } = serve({ idle })
  clock.advance(900)
  used.movedBytes++
  assert.equal(stream.isClosed, false)
  clock.advance(200)
  assert.deepEqual([stream.isClosed, stream.closedWith], [true, undefined])
  clock.advance(600)
  assert.equal(used.isClosed, false)
  clock.advance(500)
  assert.equal(used.isClosed, true)
  assert.equal(clock.waitingCount, 0)
})

test('a connection is not idle that waits for an answer, or was muted', async () => {
  const clock = new ManualClock()
  const idle = new IdleWatch({ clock, maxIdleMs: 1000 })
  const { stream, answer } = serve({ idle })
  let unmute = (): void => {}
  const { stream: muted } = serve({ idle, opened: (peer) => (unmute = peer.mute()) })
  stream.receive('f1')
  clock.advance(60_000)
  assert.deepEqual([stream.isClosed, muted.isClosed], [false, false])
  await answer('f1')
  unmute()
  clock.advance(999)
  assert.deepEqual([stream.isClosed, muted.isClosed], [false, false])
  clock.advance(101)
  assert.deepEqual([stream.isClosed, muted.isClosed], [true, true])
})

test('what comes while an idle connection is being closed is not begun', () => {
  const clock = new ManualClock()
  const { stream, started } = serve({ idle: new IdleWatch({ clock, maxIdleMs: 1000 }) })
  // The other side has yet to hear of it.
  stream.close = () => {}
  clock.advance(1000)
  stream.receive('now')
  assert.deepEqual(started, [])
})

test('who reads nothing is idle, whatever it has asked for since', () => {
  const clock = new ManualClock()
  const { stream } = serve({ idle: new IdleWatch({ clock, maxIdleMs: 1000 }) })
  stream.bufferedBytes = 10_000_000
  stream.receiver.onBehind!(10_000_000)
  stream.receive('now1')
  clock.advance(1200)
  assert.equal(stream.isClosed, true)
})

test('past half of what all may leave unread, who is behind is not read from', () => {
  const unread = new UnreadAnswers(100)
  const peers: Peer[] = []
  const options = { unread, opened: (peer: Peer) => void peers.push(peer) }
  const { stream: slow, started } = serve(options)
  const { stream: quick, started: startedOfQuick } = serve(options)
  slow.receiver.onBehind!(50)
  slow.receive('now1')
  assert.equal(peers[1]!.mustBeBrief!(), false)
  slow.receiver.onBehind!(51)
  slow.receive('now2')
  quick.receive('now')
  assert.deepEqual([started, slow.isPaused], [['now1'], true])
  assert.deepEqual(startedOfQuick, ['now'])
  assert.equal(peers[1]!.mustBeBrief!(), true)
  slow.receiver.onDrain!()
  assert.deepEqual([started, slow.isPaused], [['now1', 'now2'], false])
  assert.equal(peers[1]!.mustBeBrief!(), false)
})

test('past all of it, those are closed that have been behind for the longest', () => {
  const unread = new UnreadAnswers(100)
  const streams = Array.from({ length: 4 }, () => serve({ unread }).stream)
  streams[1]!.receiver.onBehind!(10)
  streams[0]!.receiver.onBehind!(10)
  streams[2]!.receiver.onBehind!(30)
  streams[1]!.receiver.onDrain!()
  streams[1]!.receiver.onBehind!(50)
  assert.ok(streams.every(({ isClosed }) => !isClosed))
  streams[3]!.receiver.onBehind!(50)
  assert.deepEqual(
    streams.map(({ isClosed }) => isClosed),
    [true, false, true, false],
  )
  assert.match(streams[2]!.closedWith!.message, /left 30 bytes of answers unread/)
  streams[3]!.close()
  streams[1]!.receiver.onDrain!()
  streams[1]!.receiver.onBehind!(100)
  assert.equal(streams[1]!.isClosed, false)
})
