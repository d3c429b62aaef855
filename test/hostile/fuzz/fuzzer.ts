/**
 * The fuzzer: bad clients against a listening server, for some time. Cases follow from the seed
 * alone, but for what the server tells (ids, offsets) and for how connections overlap.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServerOptions } from '../../../src/server/server-options.ts'
import { seededRandom, type SeededRandom } from '../../support/random.ts'
import { caseKinds, Finding, setServed } from './cases.ts'
import { HealthyClient } from './healthy-client.ts'
import { Journal } from './journal.ts'
import { secret, type Knowledge } from './known-values.ts'
import { apiNames } from './messages.ts'
import type { Memory } from './server-process.ts'
import { addUsers, superUsers } from './users.ts'
import { WatchedServer } from './watched-server.ts'

export interface FuzzOptions {
  readonly seed: number
  readonly seconds: number
  /** Bad clients at a time. */
  readonly workers: number
  /** A server lives this long, and its folder four times as long. @default 60 */
  readonly roundSeconds?: number
  /** Where findings are written to. */
  readonly outFolder: string
  readonly onLine: (line: string) => void
}

export interface FuzzResult {
  readonly findings: readonly string[]
  readonly cases: number
  readonly counts: ReadonlyMap<string, number>
}

const roundSecondsDefault = 60
const roundsPerFolder = 4
const leakBytes = 64 * 1024 * 1024
const findingsMax = 20

export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  setServed(apiNames)
  const run = new FuzzRun(options)
  await run.run()
  return run
}

/** Every third server asks its clients who they are. */
export function isProtected(round: number): boolean {
  return round % 3 === 2
}

/** Its limits are near, and its disk is synced in every other round. */
export function fuzzedServer(dataFolder: string, round: number): ServerOptions {
  return {
    ...(isProtected(round) ? { authentication: 'required', superUsers } : {}),
    port: 0,
    dataFolder,
    flush: round % 2 === 0 ? 'os' : 'ack',
    maxPartitions: 300,
    retentionCheckMs: 2000,
    compactionCheckMs: 1000,
    groups: { minSessionTimeoutMs: 10, initialRebalanceDelayMs: 10 },
  }
}

class FuzzRun implements FuzzResult {
  readonly #options: FuzzOptions
  readonly #journal = new Journal()
  readonly findings: string[] = []
  readonly counts = new Map<string, number>()
  readonly #kinds = new Set<string>()
  cases = 0
  #isProtected = false

  constructor(options: FuzzOptions) {
    this.#options = options
  }

  async run(): Promise<void> {
    const { seconds, roundSeconds = roundSecondsDefault } = this.#options
    const endMs = performance.now() + seconds * 1000
    let folder: string | undefined
    for (let round = 0; performance.now() < endMs && !this.#isEnough(); round++) {
      if (round % roundsPerFolder === 0) {
        if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
        folder = mkdtempSync(join(tmpdir(), 'kafka-do-fuzz-'))
      }
      const roundEndMs = Math.min(endMs, performance.now() + roundSeconds * 1000)
      await this.#round(join(folder!, 'data'), round, roundEndMs)
    }
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  }

  async #round(dataFolder: string, round: number, endMs: number): Promise<void> {
    const { onLine, workers } = this.#options
    const before = this.cases
    this.#isProtected = isProtected(round)
    if (this.#isProtected) await addUsers(dataFolder)
    const server = await this.#start(dataFolder, round)
    if (!server) return
    const onFinding = (finding: string): void => this.#found(finding)
    const topic = `healthy-${round}`
    const healthy = await HealthyClient.start({
      port: server.port,
      isProtected: this.#isProtected,
      onFinding,
      topic,
    })
    const known: Knowledge = new Map([[secret, [healthy.topicId]]])
    await this.#cases(server.port, known, { endMs: performance.now() + 5000, workers })
    const base = await server.memory()
    await this.#cases(server.port, known, { endMs, workers })
    await healthy.stop()
    await new Promise((resolve) => setTimeout(resolve, 500))
    const after = await server.memory()
    this.#checkMemory(base, after)
    await server.stop()
    const memory = `heap ${mib(after.heapBytes)} of ${mib(after.heapTotalBytes)}, outside ${mib(after.outsideBytes)}, resident ${mib(after.residentBytes)} MiB`
    const healthText = `healthy client ${healthy.readCount}, at most ${healthy.slowestMs.toFixed(0)} ms`
    const kind = this.#isProtected ? ' (protected)' : ''
    onLine(`round ${round}${kind}: ${this.cases - before} cases, ${healthText}, ${memory}`)
  }

  async #start(dataFolder: string, round: number): Promise<WatchedServer | undefined> {
    try {
      return await WatchedServer.start({
        server: fuzzedServer(dataFolder, round),
        onFinding: (finding) => this.#found(finding),
      })
    } catch (error) {
      this.#found(`round ${round}: ${String(error)}`)
      return undefined
    }
  }

  /** Runs cases until `endMs`, several at a time. */
  async #cases(
    port: number,
    known: Knowledge,
    { endMs, workers }: { readonly endMs: number; readonly workers: number },
  ): Promise<void> {
    const work = async (): Promise<void> => {
      while (performance.now() < endMs && !this.#isEnough()) await this.#case(port, known)
    }
    await Promise.all(Array.from({ length: workers }, work))
  }

  async #case(port: number, known: Knowledge): Promise<void> {
    const number = this.cases++
    const random = seededRandom(Math.imul(this.#options.seed, 1_000_003) + number)
    const kind = pickKind(random)
    this.#count(kind.name)
    try {
      await kind.run({
        random,
        known,
        port,
        isProtected: this.#isProtected,
        journal: (connection, bytes) => {
          this.#journal.add({ case: number, connection, bytes: bytes.slice() })
        },
        count: (what) => this.#count(what),
      })
    } catch (error) {
      const text = error instanceof Finding ? error.message : String((error as Error).stack)
      this.#found(`case ${number} (${kind.name}): ${text}`)
    }
  }

  #count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1)
  }

  #checkMemory(before: Memory, after: Memory): void {
    for (const what of ['heapBytes', 'outsideBytes', 'residentBytes'] as const) {
      const grownBytes = after[what] - before[what]
      if (grownBytes < leakBytes) continue
      this.#found(`a leak: ${what} was ${before[what]} and is ${after[what]}`)
    }
  }

  #found(finding: string): void {
    const { outFolder, seed, onLine } = this.#options
    this.findings.push(finding)
    const path = join(outFolder, `finding-${seed}-${this.findings.length}.json`)
    this.#journal.write(path, { finding, seed, isProtected: this.#isProtected })
    const isNew = !this.#kinds.has(kindOf(finding))
    this.#kinds.add(kindOf(finding))
    const where = `FINDING ${this.findings.length} after ${this.cases} cases (${path})`
    onLine(isNew ? `${where}: ${finding}` : `${where}, as one before`)
  }

  #isEnough(): boolean {
    return this.findings.length >= findingsMax
  }
}

function mib(bytes: number): number {
  return Math.round(bytes / 1024 / 1024)
}

/** Findings that differ in numbers only are mostly one. */
function kindOf(finding: string): string {
  return finding.replaceAll(/[0-9]+/g, '0').slice(0, 600)
}

function pickKind(random: SeededRandom): (typeof caseKinds)[number] {
  const total = caseKinds.reduce((sum, { weight }) => sum + weight, 0)
  let left = random.below(total)
  return caseKinds.find(({ weight }) => (left -= weight) < 0)!
}
