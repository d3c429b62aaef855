/**
 * Runs one workload again and again, each time with another call to the disk failing: once, or from
 * then on. What the end of the process leaves, and what a power cut does, is opened again and
 * compared with what was acknowledged. The same with the calls of a recovery.
 */

import { LogError } from '../../src/log/log-error.ts'
import { BrokerHarness, settle } from '../support/broker-harness.ts'
import { seededRandom } from '../support/random.ts'
import { checkBroker, checkGoesOn, lossesIn } from './check-broker.ts'
import { DiskError, FaultyDisk, type FaultCode } from './faulty-disk.ts'
import { Ledger } from './ledger.ts'
import { Workload, answered, HangError } from './workload.ts'

export type Extent = 'once' | 'from then on'

export interface SweepCase {
  /** Number of the call that fails, from 1 on. */
  readonly call: number
  readonly extent: Extent
  readonly code: FaultCode
  readonly phase: 'work' | 'recovery after a kill' | 'recovery after a power cut'
}

/** What became of a case, besides that nothing was lost. */
export interface SweepOutcome {
  /** What was failed. */
  readonly failed: readonly string[]
  /** Errors that requests were answered with. */
  readonly refusals: readonly string[]
  /** Starts that were refused with an error of its own. */
  readonly refusedStarts: readonly string[]
}

export const extents: readonly Extent[] = ['once', 'from then on']

/** Returns how many calls there are in a phase where nothing fails. */
export async function countCalls(phase: SweepCase['phase']): Promise<number> {
  const disk = new FaultyDisk()
  const { ledger } = await work(disk, phase === 'work' ? 'close' : 'leave')
  if (phase === 'work') return disk.callCount
  const left = leftBy(disk, phase)
  const harness = open(left)
  await answered(harness.broker.whenReady(), 'the start')
  await settle()
  const { callCount } = left
  await checkBroker(harness, ledger, { wasPowerCut: phase === 'recovery after a power cut' })
  return callCount
}

/** @throws where anything acknowledged is lost, wrong, or never answered */
export async function runCase(swept: SweepCase): Promise<SweepOutcome> {
  return swept.phase === 'work' ? failInWork(swept) : failInRecovery(swept)
}

async function failInWork(swept: SweepCase): Promise<SweepOutcome> {
  const disk = new FaultyDisk()
  const refusedStarts: string[] = []
  fail(disk, swept)
  const { ledger, refusals } = await work(disk, 'close')
  const { afterPowerCut, afterKill } = disk.crash(seededRandom(swept.call))
  await recheck(afterPowerCut, ledger, { wasPowerCut: true })
  await recheck(afterKill, ledger, { wasPowerCut: false })
  return { failed: disk.failed, refusals, refusedStarts }
}

async function failInRecovery(swept: SweepCase): Promise<SweepOutcome> {
  const first = new FaultyDisk()
  const { ledger } = await work(first, 'leave')
  const disk = leftBy(first, swept.phase)
  fail(disk, swept)
  const refusedStarts: string[] = []
  let harness: BrokerHarness | undefined
  try {
    harness = open(disk)
    await answered(harness.broker.whenReady(), 'the start')
    await settle()
  } catch (error) {
    if (error instanceof HangError) throw error
    refusedStarts.push(nameOf(error))
  }
  const wasPowerCut = swept.phase === 'recovery after a power cut'
  if (harness && swept.extent === 'once' && harness.failures.length === 0) {
    await checkBroker(harness, ledger, { wasPowerCut })
  }
  const { afterPowerCut, afterKill } = disk.crash(seededRandom(swept.call))
  await recheck(afterPowerCut, ledger, { wasPowerCut: true })
  await recheck(afterKill, ledger, { wasPowerCut })
  return { failed: disk.failed, refusals: [], refusedStarts }
}

function fail(disk: FaultyDisk, { call, extent, code }: SweepCase): void {
  const isFailing = (number: number): boolean =>
    extent === 'once' ? number === call : number >= call
  disk.failWhen(isFailing, code)
}

function leftBy(disk: FaultyDisk, phase: SweepCase['phase']): FaultyDisk {
  const { afterPowerCut, afterKill } = disk.crash(seededRandom(1))
  return phase === 'recovery after a power cut' ? afterPowerCut : afterKill
}

function open(disk: FaultyDisk, seed = 2): BrokerHarness {
  return new BrokerHarness({ storage: disk, random: seededRandom(seed) })
}

async function work(
  disk: FaultyDisk,
  end: 'close' | 'leave',
): Promise<{ readonly ledger: Ledger; readonly refusals: readonly string[] }> {
  const ledger = new Ledger()
  try {
    const workload = new Workload(open(disk, 1), ledger)
    await workload.run(end)
    return { ledger, refusals: workload.refusals }
  } catch (error) {
    // A start that cannot read or write its folder is refused; nothing was acknowledged by then.
    if (!(error instanceof DiskError || error instanceof LogError)) throw error
    return { ledger, refusals: [nameOf(error)] }
  }
}

/** A start on a disk that is well again. */
async function recheck(
  disk: FaultyDisk,
  ledger: Ledger,
  options: { readonly wasPowerCut: boolean },
): Promise<void> {
  const harness = open(disk, 3)
  await checkBroker(harness, ledger, options)
  if (ledger.topics.get('orders')?.outcome !== 'acknowledged') {
    await answered(harness.broker.close(), 'close')
  } else {
    await checkGoesOn(harness)
  }
  const losses = lossesIn(disk)
  if (losses.length > 0) throw new Error(`verify: ${losses.join('; ')}`)
}

function nameOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
