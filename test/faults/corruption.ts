/**
 * Damages each file of a data folder in each way, starts a broker on it, and looks what that leads
 * to. A table says what may; nothing that was acknowledged is ever missing without a word.
 */

import { DamagedLogError, LogError } from '../../src/log/log-error.ts'
import { InvalidBatchError } from '../../src/record/batch.ts'
import type { Logger } from '../../src/runtime/runtime.ts'
import { MemoryStorage } from '../../src/storage/memory-storage.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { BrokerHarness } from '../support/broker-harness.ts'
import { faultsOf } from '../support/folder-faults.ts'
import { seededRandom } from '../support/random.ts'
import { checkBroker, FetchError } from './check-broker.ts'
import type { Damage, Files } from './damage.ts'
import { Ledger } from './ledger.ts'
import { Workload } from './workload.ts'

/**
 * - `exact`: all that was acknowledged is there, and nothing else
 * - `refused`: the start is refused with an error that names the file
 * - `told`: something is missing or was cut, and the log output says so
 * - `read`: a start does not read closed segments; who reads the records gets an error
 * - `verify`: `kafka.do verify` names it, and nobody else does
 */
export type DamageOutcome = 'exact' | 'read' | 'refused' | 'told' | 'verify'

/** A folder as a broker leaves it, and what is known of it. */
export interface Sample {
  readonly files: Files
  /** The same folder, earlier. */
  readonly older: Files
  readonly ledger: Ledger
  /** Whether the broker was not closed. */
  readonly wasCrash: boolean
}

/** Damage that nobody notices, or with an error that names nothing. */
class SilentDamageError extends Error {
  override readonly name = 'SilentDamageError'
}

/** Returns what a clean stop, or a crash, leaves of the workload. */
export async function makeSample(end: 'close' | 'leave'): Promise<Sample> {
  const storage = new MemoryStorage()
  const ledger = new Ledger()
  const harness = new BrokerHarness({ storage, random: seededRandom(1) })
  const workload = new Workload(harness, ledger)
  let older: Files = new Map()
  workload.onHalf = () => {
    older = filesOf(storage)
  }
  await workload.run(end)
  return { files: filesOf(storage), older, ledger, wasCrash: end === 'leave' }
}

/** @throws SilentDamageError where acknowledged records are missing or wrong without a word */
export async function runDamage(
  sample: Sample,
  damage: Damage,
): Promise<DamageOutcome | undefined> {
  const damaged = damage.apply(sample.files)
  if (!damaged) return undefined
  const storage = storageOf(damaged)
  const said: string[] = []
  let harness: BrokerHarness
  try {
    harness = new BrokerHarness({ storage, random: seededRandom(3), logger: noteTo(said) })
  } catch (error) {
    if (error instanceof DamagedLogError || error instanceof LogError) return 'refused'
    throw new SilentDamageError('the start is refused without a name', { cause: error })
  }
  try {
    // Records of the last seconds before a crash may go with the damage: see `docs/durability.md`.
    await checkBroker(harness, sample.ledger, { wasPowerCut: sample.wasCrash })
    return 'exact'
  } catch (error) {
    if (said.length > 0) return 'told'
    if (error instanceof InvalidBatchError || error instanceof FetchError) return 'read'
    if (faultsOf(storageOf(damaged)).length > 0) return 'verify'
    throw new SilentDamageError('records are missing or wrong, silently', { cause: error })
  } finally {
    await harness.broker.close().catch(() => {
      // It is thrown away.
    })
  }
}

function noteTo(said: string[]): Logger {
  const note = (message: string): void => void said.push(message)
  return { debug: () => {}, info: () => {}, warn: note, error: note }
}

function filesOf(storage: Storage): Files {
  const files = new Map<string, Uint8Array>()
  for (const name of storage.list('')) {
    const below = storage.list(name)
    const paths = isFolder(name) ? below.map((file) => `${name}/${file}`) : [name]
    for (const path of paths) {
      const file = storage.open(path)
      const bytes = new Uint8Array(file.sizeBytes)
      file.read(0, bytes)
      files.set(path, bytes)
    }
  }
  return files
}

function isFolder(name: string): boolean {
  return /-\d+$/.test(name)
}

function storageOf(files: Files): Storage {
  const storage = new MemoryStorage()
  for (const [path, bytes] of files) storage.open(path).append(bytes)
  return storage
}
