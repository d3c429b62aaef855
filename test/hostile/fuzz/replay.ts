/**
 * Repeats what was sent before a finding, on a server of its own, and finds out how much of it is
 * enough.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fuzzedServer, isProtected as isProtectedRound } from './fuzzer.ts'
import type { JournalFile } from './journal.ts'
import { addUsers } from './users.ts'
import { WatchedServer } from './watched-server.ts'
import { dialTcp, type Wire } from './wire.ts'

type Sent = JournalFile['sent']

/** How long the server has to show that something is wrong, after all was sent. */
const afterMs = 700
const protectedRound = [0, 1, 2].find(isProtectedRound)!

/** Returns what must not happen, and does when `sent` is sent again. */
export async function replay(sent: Sent, isProtected = false): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'kafka-do-replay-'))
  const dataFolder = join(folder, 'data')
  if (isProtected) await addUsers(dataFolder)
  const findings: string[] = []
  const server = await WatchedServer.start({
    server: fuzzedServer(dataFolder, isProtected ? protectedRound : 0),
    onFinding: (finding) => void findings.push(finding),
  })
  const wires = new Map<number, Wire>()
  for (const { connection, bytes } of sent) {
    const wire = wires.get(connection) ?? (await dialTcp(server.port))
    wires.set(connection, wire)
    if (!wire.isClosed) wire.send(Buffer.from(bytes, 'base64'))
    await new Promise((resolve) => setTimeout(resolve, 1))
    if (findings.length > 0) break
  }
  await new Promise((resolve) => setTimeout(resolve, afterMs))
  for (const wire of wires.values()) wire.destroy()
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
  return findings
}

/** Leaves out whatever can be left out; writes what is left beside `path`. */
export async function minimise(path: string, onLine: (line: string) => void): Promise<void> {
  const file = JSON.parse(readFileSync(path, 'utf8')) as JournalFile
  let { sent } = file
  const isEnough = async (part: Sent): Promise<boolean> =>
    (await replay(part, file.isProtected)).length > 0
  if (!(await isEnough(sent))) return onLine('it does not happen again')
  for (let size = Math.ceil(sent.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < sent.length;) {
      const part = [...sent.slice(0, at), ...sent.slice(at + size)]
      if (await isEnough(part)) sent = part
      else at += size
    }
    onLine(`${sent.length} of ${file.sent.length} are enough`)
  }
  const smaller = path.replace(/(\.json)?$/, '.small.json')
  writeFileSync(smaller, JSON.stringify({ ...file, sent }))
  onLine(`written to ${smaller}`)
}
