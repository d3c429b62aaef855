/**
 * What the fuzzer has found, made small: each file of `corpus` is what a client sent, after which
 * the server must blame nobody but the client, and serve the next.
 *
 * A line is a connection's number and bytes in hex, where `78*1000` repeats them; `#` begins a
 * comment.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Socket } from 'node:net'
import { startHostileServer, type HostileServer } from './hostile-server.ts'

const folder = join(import.meta.dirname, 'corpus')
let hostile: HostileServer

before(async () => {
  hostile = await startHostileServer()
})
after(() => hostile.close())

for (const name of readdirSync(folder)
  .filter((file) => file.endsWith('.txt'))
  .sort()) {
  test(`${name} ends nothing but its own connections`, async () => {
    const sockets = new Map<string, Socket>()
    for (const line of readFileSync(join(folder, name), 'utf8').split('\n')) {
      const [connection, ...words] = line.replace(/#.*/, '').trim().split(/\s+/)
      if (connection === undefined || connection === '') continue
      const socket = sockets.get(connection) ?? (await hostile.dial())
      sockets.set(connection, socket)
      socket.resume()
      socket.write(Buffer.concat(words.map(bytesOf)))
      // Until the server has seen it, or as good as.
      await hostile.check()
    }
    for (const socket of sockets.values()) socket.destroy()
    await hostile.check()
  })
}

function bytesOf(word: string): Buffer {
  const [what = '', times = '1'] = word.split('*')
  return Buffer.from(what.repeat(Number(times)), 'hex')
}
