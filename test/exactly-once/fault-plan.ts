/** What is to happen in a run, and when: chosen from its seed. */

import type { SeededRandom } from '../support/random.ts'
import { cuts, type Cut } from './faulty-proxy.ts'

export type Fault =
  | { readonly kind: 'delay'; readonly delayMaxMs: number }
  | { readonly kind: 'cut'; readonly cut: Cut }
  | { readonly kind: 'stall'; readonly stallMs: number; readonly isAll: boolean }
  /** `kill -9` and a start, a stop and a start, or a broker that does nothing for a while. */
  | { readonly kind: 'broker'; readonly how: 'kill' | 'stop' | 'pause' }
  /**
   * A copier is killed and started again; or it is held for a while, in which another one takes its
   * transactional id over.
   */
  | { readonly kind: 'copier'; readonly copier: number; readonly how: 'kill' | 'replace' }

export interface PlannedFault {
  readonly atMs: number
  readonly fault: Fault
}

export type ClientName = 'java' | 'librdkafka'

export interface RunPlan {
  /** Which client each of the copiers is. */
  readonly copiers: readonly [ClientName, ClientName]
  readonly groupProtocol: 'classic' | 'consumer'
  /** Whether the copiers are static members (KIP-345), whose partitions wait for their return. */
  readonly isStatic: boolean
  /** In the order of time. */
  readonly faults: readonly PlannedFault[]
}

/** How long faults happen; then the run is left alone until all is copied. */
export const faultyMs = 5500
const firstFaultMs = 300

const clientPairs = [
  ['java', 'java'],
  ['librdkafka', 'librdkafka'],
  ['java', 'librdkafka'],
] as const

export function planRun(random: SeededRandom): RunPlan {
  const faults: PlannedFault[] = [
    { atMs: 0, fault: { kind: 'delay', delayMaxMs: random.pick([0, 5, 20, 60]) } },
  ]
  for (let atMs = firstFaultMs; atMs < faultyMs; atMs += 150 + random.below(500)) {
    faults.push({ atMs, fault: networkFault(random) })
  }
  faults.push(brokerFault(random, 1000 + random.below(1500)))
  if (random.below(2) === 0) faults.push(brokerFault(random, 3500 + random.below(1500)))
  const groupProtocol = random.pick(['classic', 'consumer'] as const)
  const isStatic = random.below(2) === 0
  if (random.below(3) > 0) faults.push(...copierFaults(random, groupProtocol, isStatic))
  return {
    copiers: random.pick(clientPairs),
    groupProtocol,
    isStatic,
    faults: faults.toSorted((a, b) => a.atMs - b.atMs),
  }
}

/**
 * With the protocol of KIP-848 the session of a member that is lost lasts 45 s, and a static member
 * cannot be replaced as long: there, only copiers are replaced that take their leave when fenced.
 */
function copierFaults(
  random: SeededRandom,
  groupProtocol: RunPlan['groupProtocol'],
  isStatic: boolean,
): PlannedFault[] {
  const how = random.pick(['kill', 'replace', 'replace'] as const)
  const fault = { kind: 'copier', copier: random.below(2), how } as const
  if (groupProtocol === 'consumer' && (isStatic || how === 'kill')) return []
  return [{ atMs: 1500 + random.below(2500), fault }]
}

function networkFault(random: SeededRandom): Fault {
  const kind = random.below(10)
  if (kind < 1) return { kind: 'delay', delayMaxMs: random.pick([0, 5, 20, 60, 150]) }
  if (kind < 3) {
    return { kind: 'stall', stallMs: 50 + random.below(1500), isAll: random.below(3) === 0 }
  }
  return { kind: 'cut', cut: random.pick(cuts) }
}

function brokerFault(random: SeededRandom, atMs: number): PlannedFault {
  return { atMs, fault: { kind: 'broker', how: random.pick(['kill', 'kill', 'stop', 'pause']) } }
}
