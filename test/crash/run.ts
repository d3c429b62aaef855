/**
 * Ends the broker in the middle of its work, again and again, under the load of several clients, and
 * judges what they saw: nothing that was acknowledged is gone, no offset changes its value, groups
 * go on from what they committed. Rounds of `kill -9`, then rounds of power cuts on a disk image,
 * then a full disk. The broker is paused, and its clock jumps, in between.
 *
 * `npm run test:crash -- [--rounds <count>] [--flush os] [--only kill|power|full] [--keep]`. Prints
 * its seed; keeps the history, which `--keep` does in any case, where something is wrong.
 */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
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
    flush: { type: 'string', default: 'ack' },
    only: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
const random = seededRandom()
const folder = mkdtempSync(join(tmpdir(), 'kafka-do-crash-'))
const imageMiB = 128

const report = (line: string): void => void process.stderr.write(`${line}\n`)
const clock = openClock()
const isWanted = (name: string): boolean => values.only === undefined || values.only === name

/** Returns a clock that can jump where faketime is there, which is a fault that may be left out. */
function openClock(): FakeClock | undefined {
  try {
    return new FakeClock(join(folder, 'clock'))
  } catch (error) {
    report(`crash: no jumps of the clock, skipped: ${String(error)}`)
    return undefined
  }
}

/** Runs rounds in a place; returns whether all was well. */
async function judgeRounds(name: string, open: (folder: string) => BrokerPlace): Promise<boolean> {
  const ownFolder = join(folder, name)
  const historyFolder = join(ownFolder, 'history')
  mkdirSync(historyFolder, { recursive: true })
  const place = open(ownFolder)
  const keep = `SEED=${random.seed}, the history is kept: node test/history/check.ts ${historyFolder}/*`
  try {
    const { flush } = values
    const options = { name, rounds, place, historyFolder, flush, random }
    const result = await runRounds(clock ? { ...options, clock } : options)
    for (const line of describeVerdict(result.verdict)) report(`${name}: ${line}`)
    report(
      `${name}: ${rounds} rounds in ${result.seconds.toFixed(0)} s, ` +
        `${result.acknowledged} records acknowledged, ` +
        `slowest start ${Math.round(result.slowestStartMs)} ms`,
    )
    if (result.verdict.forbidden.length > 0 || values.keep) report(keep)
    return result.verdict.forbidden.length === 0
  } catch (error) {
    report(`${name}: ${error instanceof Error ? error.stack : String(error)}`)
    report(keep)
    return false
  } finally {
    place.close()
  }
}

report(`crash: ${rounds} rounds each, --flush ${values.flush}, SEED=${random.seed}`)
const outcomes: ('passed' | 'failed' | 'skipped')[] = []
const note = (isGood: boolean): void => void outcomes.push(isGood ? 'passed' : 'failed')

if (isWanted('kill')) note(await judgeRounds('kill', folderPlace))
const reason = whyNoPowerCuts(join(folder, 'trial'))
if (reason !== undefined) {
  report(`crash: no power cuts and no full disk, skipped: ${reason}`)
  outcomes.push('skipped')
} else {
  if (isWanted('power')) {
    note(await judgeRounds('power', (ownFolder) => imagePlace(ownFolder, imageMiB)))
  }
  if (isWanted('full')) note(await fillDisk(join(folder, 'full'), report))
}

const count = (outcome: string): number => outcomes.filter((each) => each === outcome).length
if (count('failed') === 0 && !values.keep) rmSync(folder, { recursive: true, force: true })
process.stdout.write(
  `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped\n`,
)
process.exit(count('failed') === 0 ? 0 : 1)
