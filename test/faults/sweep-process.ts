/**
 * Fails calls of a real process on real files: a shim in C stands between Node and the system. It
 * takes Linux and a C compiler.
 */

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { NodeStorage } from '../../src/storage/node-storage.ts'
import { BrokerHarness } from '../support/broker-harness.ts'
import { seededRandom } from '../support/random.ts'
import { checkBroker, checkGoesOn } from './check-broker.ts'
import { decodeLedger, type Ledger } from './ledger.ts'
import { patience } from './workload.ts'
import type { DamageReport } from './sweep-damage.ts'

/** A case takes a second or two. */
const casesMax = 16

interface ProcessResult {
  readonly ledger: Ledger
  readonly exitCode: number | null
  readonly error: string
}

/** Returns why it cannot be done here; `false` where it can. */
function noFailingCalls(): string | false {
  if (process.platform !== 'linux') return 'needs Linux'
  return spawnSync('cc', ['--version']).status === 0 ? false : 'needs a C compiler (cc)'
}

export async function sweepProcess(): Promise<DamageReport> {
  const reason = noFailingCalls()
  const part = 'calls of a process'
  if (reason !== false)
    return { part: `${part}, skipped: ${reason}`, cases: 0, outcomes: {}, failures: [] }
  const folder = mkdtempSync(join(tmpdir(), 'kafka-do-faults-'))
  try {
    const rig = new ProcessRig(folder)
    const calls = await rig.countCalls()
    const stride = Math.ceil((calls * 2) / casesMax)
    const failures: string[] = []
    let cases = 0
    for (let call = 1; call <= calls; call += stride) {
      for (const extent of ['once', 'from then on'] as const) {
        cases++
        try {
          await rig.runCase(call, extent)
        } catch (error) {
          failures.push(`call ${call} of ${calls}, ${extent}: ${(error as Error).stack}`)
        }
      }
    }
    return { part, cases, outcomes: { calls }, failures }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

class ProcessRig {
  readonly #folder: string
  readonly #library: string

  constructor(folder: string) {
    this.#folder = folder
    this.#library = join(folder, 'failing-calls.so')
    const source = join(import.meta.dirname, 'failing-calls.c')
    execFileSync('cc', ['-shared', '-fPIC', '-o', this.#library, source, '-ldl'])
    // A real disk takes its time.
    patience.turns = 400_000
  }

  async countCalls(): Promise<number> {
    const data = this.#newData()
    const countFile = join(this.#folder, 'count')
    const { exitCode, error } = await this.#run(data, { FAIL_COUNT: countFile })
    if (exitCode !== 0) throw new Error(`the workload fails without a fault: ${error}`)
    return Number(readFileSync(countFile, 'utf8'))
  }

  /** @throws where anything acknowledged is lost, wrong, or never answered */
  async runCase(call: number, extent: 'once' | 'from then on'): Promise<void> {
    const data = this.#newData()
    const rest: Record<string, string> = extent === 'once' ? {} : { FAIL_REST: '1' }
    const { ledger, exitCode, error } = await this.#run(data, { FAIL_CALL: String(call), ...rest })
    if (exitCode !== 0) throw new Error(`the process ended with ${exitCode}: ${error}`)
    const harness = new BrokerHarness({ storage: new NodeStorage(data), random: seededRandom(3) })
    try {
      await checkBroker(harness, ledger, { wasPowerCut: false })
      if (ledger.topics.get('orders')?.outcome === 'acknowledged') await checkGoesOn(harness)
    } finally {
      await harness.broker.close()
    }
  }

  /** An empty folder: that it can be made is not what is tested. */
  #newData(): string {
    const data = join(this.#folder, 'data')
    rmSync(data, { recursive: true, force: true })
    mkdirSync(data)
    return data
  }

  async #run(data: string, env: Readonly<Record<string, string>>): Promise<ProcessResult> {
    const script = join(import.meta.dirname, 'process-workload.ts')
    const child = spawn(process.execPath, [script, data], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LD_PRELOAD: this.#library, FAIL_FOLDER: data, ...env },
      timeout: 30_000,
    })
    const closed = once(child, 'close') as Promise<[number | null]>
    const [out, error, [exitCode]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      closed,
    ])
    if (out === '') throw new Error(`the process ended with ${exitCode}: ${error}`)
    return { ledger: decodeLedger(out), exitCode, error }
  }
}
