/**
 * The matrix of damages: which outcomes are right for which file, and a sweep over all of them.
 * `docs/durability.md` says the same in words.
 */

import { damagesOf, type Damage, type Files } from './damage.ts'
import { makeSample, runDamage, type DamageOutcome, type Sample } from './corruption.ts'

interface Rule {
  /** Of the path. */
  readonly files: RegExp
  readonly allowed: readonly DamageOutcome[]
}

/** The first rule whose pattern fits is meant. `last` stands for the last segment of a log. */
const rules: readonly Rule[] = [
  { files: /\.(index|timeindex|txnindex|snapshot)$/, allowed: ['exact'] },
  { files: /leader-epoch-checkpoint$|partition\.metadata$/, allowed: ['exact'] },
  { files: /^(\.kafka_cleanshutdown|meta\.properties)$/, allowed: ['exact'] },
  { files: /^(recovery-points|cleaner-offset-checkpoint)$/, allowed: ['exact'] },
  { files: /log-start-offset$/, allowed: ['exact', 'told', 'verify'] },
  { files: /last\.log$/, allowed: ['exact', 'refused', 'told'] },
  { files: /\.log$/, allowed: ['exact', 'refused', 'told', 'read', 'verify'] },
]

/**
 * What leaves no trace: without the file, a log begins where its first segment does. Records that
 * DeleteRecords has hidden in that segment can be read again; none is lost.
 */
const untraceable = /log-start-offset: deleted$/

/** Every kind of file is among these. Of the others, one bit in seven is flipped. */
const everyBit = /^(orders-0|__consumer_offsets-0|__cluster_metadata-0)\/|^[^/]*$/
const otherStep = 7

export interface DamageReport {
  readonly part: string
  readonly cases: number
  readonly outcomes: Readonly<Record<string, number>>
  readonly failures: readonly string[]
}

export interface DamageSweep {
  /** Takes every file that is this one's of so many workers. */
  readonly worker: number
  readonly workers: number
  /** Leaves out bits and positions in between. @default none in one folder of each kind */
  readonly step?: number
}

export async function sweepDamage({ worker, workers, step }: DamageSweep): Promise<DamageReport[]> {
  const reports: DamageReport[] = []
  for (const [end, after] of [
    ['close', 'a clean stop'],
    ['leave', 'a crash'],
  ] as const) {
    const sample = await makeSample(end)
    const outcomes: Record<string, number> = {}
    const failures: string[] = []
    let cases = 0
    for (const path of [...sample.files.keys()].filter((_, at) => at % workers === worker)) {
      const stride = step ?? (everyBit.test(path) ? 1 : otherStep)
      for (const damage of damagesOfFile(sample, path, stride)) {
        const what = `after ${after}, ${path}: ${damage.name}`
        try {
          const outcome = await runDamage(sample, damage)
          if (outcome === undefined) continue
          cases++
          outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
          if (!allowedFor(sample.files, path).includes(outcome))
            failures.push(`${what}: ${outcome}`)
        } catch (error) {
          cases++
          if (untraceable.test(what)) outcomes['untraceable'] = (outcomes['untraceable'] ?? 0) + 1
          else failures.push(`${what}: ${describe(error)}`)
        }
      }
    }
    reports.push({ part: `damage after ${after}`, cases, outcomes, failures })
  }
  return reports
}

/** Bytes of the last two records and more, and of one record with its header. */
const tailBytes = 160
const recordBytes = 140

function damagesOfFile({ files, older }: Sample, path: string, step: number): Damage[] {
  const { length } = files.get(path)!
  const kind = path.split('.').at(-1)!
  const others = [...files.keys()].filter((name) => name !== path && name.endsWith(kind))
  return damagesOf(
    {
      path,
      tailFrom: Math.max(0, length - tailBytes),
      record: [0, Math.min(length, recordBytes)],
      older,
      other: others[0],
    },
    files,
    step,
  )
}

function allowedFor(files: Files, path: string): readonly DamageOutcome[] {
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  const logs = [...files.keys()].filter((name) => name.startsWith(folder) && name.endsWith('.log'))
  const name = logs.sort().at(-1) === path ? `${folder}last.log` : path
  return rules.find((rule) => rule.files.test(name))!.allowed
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.stack}` : `${error.stack}`
}
