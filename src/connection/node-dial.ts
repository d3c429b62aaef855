/** Waits for a socket of Node to be connected, to a broker. */

import type { Socket } from 'node:net'
import type { FrameStream } from './frame.ts'
import { NodeTcpStream } from './node-tcp-stream.ts'

/** Larger answers than this are taken for garbage: brokers are asked for far less. */
const maxFrameBytes = 512 * 1024 * 1024
/**
 * A connection that says nothing for so long is asked whether the broker is still there. Networks
 * forget those that are idle, a few of them after four minutes, and tell neither end: what is sent
 * next would be lost, and waited for until its time is up.
 */
const keepAliveMs = 60_000
/**
 * How long each address of a name has, but for the last one. Node gives it a quarter of a second,
 * and then ends what is about to be connected: too little for a broker on the other side of the
 * world, and for a program that is busy as it starts. More would take the time for the next one.
 */
const attemptMs = 1000

/** What all sockets connect with. */
export const dialOptions = { autoSelectFamilyAttemptTimeout: attemptMs }

interface Dialled {
  /** Begins to connect; its data may go straight to `stream`, by `onread`. */
  readonly open: (stream: NodeTcpStream) => Socket
  /** What says that all is ready for frames. */
  readonly readyEvent: 'connect' | 'secureConnect'
  readonly signal: AbortSignal | undefined
}

export function dialSocket({ open, readyEvent, signal }: Dialled): Promise<FrameStream> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const stream = new NodeTcpStream({ maxFrameBytes })
    const socket = open(stream)
    const onAbort = (): void => {
      socket.destroy()
      reject(signal!.reason as Error)
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    socket.once('error', reject)
    socket.once(readyEvent, () => {
      signal?.removeEventListener('abort', onAbort)
      socket.off('error', reject)
      socket.setKeepAlive(true, keepAliveMs)
      stream.attach(socket)
      resolve(stream)
    })
  })
}
