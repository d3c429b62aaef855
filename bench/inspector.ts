/** Looks into a Node process that runs with `--inspect`, by Chrome's DevTools protocol. */

import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { CpuProfile } from './cpu-profile.ts'

/** The flag that lets an inspector in, on a port that Node chooses. */
export const inspectFlag = '--inspect=127.0.0.1:0'

interface Answer {
  readonly id: number
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

export class Inspector {
  readonly #socket: WebSocket
  #lastId = 0

  /** @param log what the process wrote to standard error, where Node says how to reach it */
  static async connect(log: string): Promise<Inspector> {
    const url = /ws:\/\/127\.0\.0\.1:\d+\/\S+/.exec(log)?.[0]
    if (url === undefined) throw new Error('the process does not run with --inspect')
    const socket = new WebSocket(url, { perMessageDeflate: false })
    await once(socket, 'open')
    return new Inspector(socket)
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket
  }

  /** Has the process free what nothing needs any more, so that what is left is what it needs. */
  async collectGarbage(): Promise<void> {
    // Twice: what the first finds may hold on to more until it is finalised.
    await this.#call('HeapProfiler.collectGarbage')
    await this.#call('HeapProfiler.collectGarbage')
  }

  /** Returns where the process spent its time during `work`. */
  async profile(work: () => Promise<void>): Promise<CpuProfile> {
    await this.#call('Profiler.enable')
    await this.#call('Profiler.start')
    await work()
    const { profile } = (await this.#call('Profiler.stop')) as { profile: CpuProfile }
    return profile
  }

  async close(): Promise<void> {
    this.#socket.close()
    await once(this.#socket, 'close')
  }

  async #call(method: string): Promise<unknown> {
    const id = ++this.#lastId
    this.#socket.send(JSON.stringify({ id, method }))
    for (;;) {
      const [data] = (await once(this.#socket, 'message')) as [Buffer]
      const answer = JSON.parse(data.toString()) as Answer
      // Others are events that nobody here asked for.
      if (answer.id !== id) continue
      if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`)
      return answer.result
    }
  }
}
