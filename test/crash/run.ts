/**
 * Ends the broker in the middle of its work, again and again, under the load of several clients, and
 * judges what they saw: nothing that was acknowledged is gone, no offset changes its value, groups
 * go on from what they committed. Rounds of `kill -9`, then rounds of power cuts on a disk image, a
 * few of them with a broker that is told to lose records, which must be noticed; then a full disk.
 * The broker is paused, and its clock jumps, in between.
 *
 * `npm run test:crash -- [--rounds <count>] [--only kill|power|loss|full] [--keep]`. Prints its seed;
 * keeps the history, which `--keep` does in any case, where something is wrong.
 */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Verdict } from '../history/checker.ts'
import { describeVerdict } from '../history/describe-verdict.ts'
import { seededRandom } from '../support/random.ts'
import { folderPlace, imagePlace, type BrokerPlace } from './broker-place.ts'
import { whyNoPowerCuts } from './disk-image.ts'
import { FakeClock } from './fake-clock.ts'
import { fillDisk } from './full-disk.ts'
import { runRounds } from './rounds.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '50' },
    only: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
const random = seededRandom()
const folder = mkdtempSync(join(tmpdir(), 'kafka-do-crash-'))
const imageMiB = 128

const report = (line: string): void => void process.stderr.write(`${line}\n`)
const isWanted = (name: string): boolean => values.only === undefined || values.only === name

/** Returns a clock that can jump where faketime is there: a fault that may be left out. */
function openClock(): FakeClock | undefined {
  try {
    return new FakeClock(join(folder, 'clock'))
  } catch (error) {
    report(`crash: no jumps of the clock, skipped: ${String(error)}`)
    return undefined
  }
}

const clock = openClock()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

interface Trial {
  readonly name: string
  readonly rounds: number
  readonly flush: 'ack' | 'os'
  readonly openPlace: (folder: string) => BrokerPlace
}

/** Runs rounds; returns the verdict, or `undefined` where they did not get to an end. */
async function runTrial({ name, rounds, flush, openPlace }: Trial): Promise<Verdict | undefined> {
  const ownFolder = join(folder, name)
  const historyFolder = join(ownFolder, 'history')
  mkdirSync(historyFolder, { recursive: true })
  const place = openPlace(ownFolder)
  try {
    const options = { name, rounds, place, historyFolder, flush, random }
    const result = await runRounds(clock ? { ...options, clock } : options)
    report(
      `${name}: ${rounds} rounds in ${result.seconds.toFixed(0)} s, ` +
        `${result.acknowledged} records acknowledged, ` +
        `slowest start ${Math.round(result.slowestStartMs)} ms`,
    )
    return result.verdict
  } catch (error) {
    report(`${name}: ${error instanceof Error ? error.stack : String(error)}`)
    return undefined
  } finally {
    place.close()
  }
}

/** Returns whether all was well. */
async function expectNoAnomaly(trial: Trial): Promise<boolean> {
  const verdict = await runTrial(trial)
  if (verdict) for (const line of describeVerdict(verdict)) report(`${trial.name}: ${line}`)
  const isGood = verdict?.forbidden.length === 0
  if (!isGood || values.keep) {
    const files = join(folder, trial.name, 'history', '*')
    report(`SEED=${random.seed}, the history is kept: node test/history/check.ts ${files}`)
  }
  return isGood
}

/** A broker that acknowledges what is not on the disk must be caught, or the rounds prove nothing. */
async function expectLoss(trial: Trial): Promise<boolean> {
  const verdict = await runTrial(trial)
  if (!verdict) return false
  report(`${trial.name}: --flush ${trial.flush} is given away by ${verdict.forbidden.join(', ')}`)
  return verdict.forbidden.length > 0
}

report(`crash: ${rounds} rounds each, SEED=${random.seed}`)
const outcomes: ('passed' | 'failed' | 'skipped')[] = []
const note = (isGood: boolean): void => void outcomes.push(isGood ? 'passed' : 'failed')

if (isWanted('kill')) {
  note(await expectNoAnomaly({ name: 'kill', rounds, flush: 'ack', openPlace: folderPlace }))
}
const reason = whyNoPowerCuts(join(folder, 'trial'))
if (reason !== undefined) {
  report(`crash: no power cuts and no full disk, skipped: ${reason}`)
  outcomes.push('skipped')
} else {
  const openPlace = (ownFolder: string): BrokerPlace => imagePlace(ownFolder, imageMiB)
  if (isWanted('power')) {
    note(await expectNoAnomaly({ name: 'power', rounds, flush: 'ack', openPlace }))
  }
  if (isWanted('loss')) {
    note(await expectLoss({ name: 'loss', rounds: 3, flush: 'os', openPlace }))
  }
  if (isWanted('full')) note(await fillDisk(join(folder, 'full'), report))
}

const count = (outcome: string): number => outcomes.filter((each) => each === outcome).length
if (count('failed') === 0 && !values.keep) rmSync(folder, { recursive: true, force: true })
process.stdout.write(
  `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped\n`,
)
process.exit(count('failed') === 0 ? 0 : 1)
