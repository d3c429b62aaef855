/**
 * Has a Node process that runs with `--inspect` collect its garbage, so that what is left is what it
 * needs.
 */

import { once } from 'node:events'
import { WebSocket } from 'ws'

/** The flag that lets `collectGarbage` in, on a port that Node chooses. */
export const inspectFlag = '--inspect=127.0.0.1:0'

/** @param log what the process wrote to standard error, where Node says how to reach it */
export async function collectGarbage(log: string): Promise<void> {
  const url = /ws:\/\/127\.0\.0\.1:\d+\/\S+/.exec(log)?.[0]
  if (url === undefined) throw new Error('the process cannot be inspected')
  const socket = new WebSocket(url)
  await once(socket, 'open')
  // Twice: what the first finds may hold on to more until it is finalised.
  for (let id = 1; id <= 2; id++) {
    socket.send(JSON.stringify({ id, method: 'HeapProfiler.collectGarbage' }))
    await once(socket, 'message')
  }
  socket.close()
  await once(socket, 'close')
}
