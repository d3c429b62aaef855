/**
 * One run: a filler, two copiers and a reader work through a proxy that has the faults of a network,
 * while the broker and the copiers end and start again; then all is left alone, and has to be well.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { checkHistory } from '../history/checker.ts'
import { describeVerdict } from '../history/describe-verdict.ts'
import type { Line } from '../history/history.ts'
import { mergeLines, readLines } from '../history/history-files.ts'
import { seededRandom } from '../support/random.ts'
import type { BrokerUnderTest } from './broker-under-test.ts'
import { findCopyFaults, type ReadRecord } from './copies.ts'
import { faultyMs, planRun, type Fault, type RunPlan } from './fault-plan.ts'
import { FaultyProxy } from './faulty-proxy.ts'
import { inputTopic, outputTopic, partitionCount, startCopier } from './programs.ts'
import { startFiller, startReader, type Program, type RunPlace } from './programs.ts'

export interface RunResult {
  /** Nothing where all is well. */
  readonly findings: readonly string[]
  readonly plan: RunPlan
  readonly inputCount: number
  /** Clients whose call did not return in time, and which were started again for that. */
  readonly hangCount: number
  readonly seconds: number
}

/** From the end of the faults until all is copied; the session of a lost member may be 45 s of it. */
const recoveryMs = 75_000
const endMs = 15_000
const pauseMs = 700
const heldMs = 2500

export async function runOnce(
  seed: number,
  folder: string,
  openBroker: (folder: string) => Promise<BrokerUnderTest>,
): Promise<RunResult> {
  const startMs = performance.now()
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'programs.log'), '')
  const random = seededRandom(seed)
  const plan = planRun(random)
  const broker = await openBroker(folder)
  const proxy = await FaultyProxy.start(random, broker.port)
  const place = { folder, seed, plan, bootstrap: `127.0.0.1:${proxy.port}` }
  const run = new Run(place, proxy, broker)
  const findings: string[] = []
  try {
    await broker.start(proxy.port)
    await createTopics(place.bootstrap)
    findings.push(...(await run.play()))
  } catch (error) {
    findings.push(`the run failed: ${(error as Error).stack}`)
  } finally {
    await run.endAll()
    await broker.stop().catch((error: Error) => findings.push(error.message))
    await proxy.close()
    writeFileSync(join(folder, 'broker.log'), broker.log())
    writeFileSync(join(folder, 'plan.json'), JSON.stringify({ seed, plan }, null, 1))
  }
  const { problems, inputCount } = judgeSafely(folder)
  findings.push(...problems)
  const hangCount =
    readFileSync(join(folder, 'programs.log'), 'utf8').split('Timeout (0:').length - 1
  const seconds = (performance.now() - startMs) / 1000
  return { findings, plan, inputCount, hangCount, seconds }
}

async function createTopics(bootstrap: string): Promise<void> {
  const { Kafka, logLevel } = kafkajs
  const admin = new Kafka({ brokers: [bootstrap], logLevel: logLevel.ERROR }).admin()
  await admin.connect()
  const names = [inputTopic, outputTopic]
  const topics = names.map((topic) => ({ topic, numPartitions: partitionCount }))
  await admin.createTopics({ topics, waitForLeaders: true })
  await admin.disconnect()
}

class Run {
  readonly #place: RunPlace
  readonly #proxy: FaultyProxy
  readonly #broker: BrokerUnderTest
  readonly #programs: Program[] = []
  readonly #copiers: Program[] = []
  readonly #incarnations = [0, 0]
  #isEnding = false

  constructor(place: RunPlace, proxy: FaultyProxy, broker: BrokerUnderTest) {
    this.#place = place
    this.#proxy = proxy
    this.#broker = broker
  }

  /** Returns what did not come to its end. */
  async play(): Promise<string[]> {
    const filler = this.#add(startFiller(this.#place))
    const watcher = this.#add(startReader(this.#place, 'watch'))
    for (const copier of [0, 1]) this.#startCopier(copier)
    // Of faults that nobody is there to see nothing is learnt.
    await this.#untilCopied()
    await this.#playFaults()
    this.#proxy.delayUpTo(0)
    const findings: string[] = []
    if ((await filler.end(endMs)) !== 0) findings.push('the filler did not end well')
    const judge = this.#add(startReader(this.#place, 'judge'))
    if (!(await judge.untilOutput(/complete/, recoveryMs))) {
      findings.push(`not all is copied ${recoveryMs} ms after the last fault`)
    }
    this.#isEnding = true
    await Promise.all(this.#copiers.map((copier) => copier.end(endMs)))
    if ((await watcher.end(endMs)) !== 0) findings.push('the watcher did not end well')
    if ((await judge.end(2 * endMs)) !== 0) findings.push('the output cannot be read to its end')
    return findings
  }

  async endAll(): Promise<void> {
    this.#isEnding = true
    for (const program of this.#programs) if (program.isRunning) program.kill()
    await Promise.all(this.#programs.map(({ exited }) => exited))
  }

  #add(program: Program): Program {
    this.#programs.push(program)
    return program
  }

  /** Starts a copier, and another one wherever it ends by itself, as a supervisor does. */
  #startCopier(copier: number): Program {
    const program = this.#add(startCopier(this.#place, copier, ++this.#incarnations[copier]!))
    this.#copiers[copier] = program
    void program.exited.then(() => {
      const isReplaced = this.#copiers[copier] !== program
      if (!isReplaced && !this.#isEnding) this.#startCopier(copier)
    })
    return program
  }

  /** Resolves once something was committed in a copy, or after some time. */
  async #untilCopied(): Promise<void> {
    const deadlineMs = performance.now() + 10_000
    const path = join(this.#place.folder, 'watch.jsonl')
    while (performance.now() < deadlineMs) {
      await sleep(50)
      if (existsSync(path) && readFileSync(path).length > 0) return
    }
  }

  async #playFaults(): Promise<void> {
    const beginMs = performance.now()
    for (const { atMs, fault } of this.#place.plan.faults) {
      await sleep(Math.max(0, beginMs + atMs - performance.now()))
      await this.#play(fault)
    }
    await sleep(Math.max(0, beginMs + faultyMs - performance.now()))
  }

  async #play(fault: Fault): Promise<void> {
    switch (fault.kind) {
      case 'delay':
        return this.#proxy.delayUpTo(fault.delayMaxMs)
      case 'cut':
        return this.#proxy.cutSome(fault.cut)
      case 'stall':
        return fault.isAll
          ? this.#proxy.stallAll(fault.stallMs)
          : this.#proxy.stallSome(fault.stallMs)
      case 'broker':
        if (fault.how === 'pause') return void this.#broker.pause(pauseMs)
        await (fault.how === 'kill' ? this.#broker.kill() : this.#broker.stop())
        return await this.#broker.start(this.#proxy.port)
      case 'copier': {
        const before = this.#copiers[fault.copier]!
        if (fault.how === 'kill') return before.kill()
        before.hold()
        this.#startCopier(fault.copier)
        // It goes on where it was, in the middle of a transaction that is not its own any more.
        return void sleep(heldMs).then(() => before.release())
      }
    }
  }
}

interface Judgement {
  readonly problems: readonly string[]
  readonly inputCount: number
}

function judgeSafely(folder: string): Judgement {
  try {
    return judge(folder)
  } catch (error) {
    return {
      problems: [`the history cannot be judged: ${(error as Error).message}`],
      inputCount: 0,
    }
  }
}

/** Judges what the programs have written. */
function judge(folder: string): Judgement {
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'))
  const lines = [...mergeLines(files.map((name) => readLines(join(folder, name))))]
  const verdict = checkHistory(lines)
  const text = describeVerdict(verdict).join('\n')
  writeFileSync(join(folder, 'verdict.txt'), `${text}\n`)
  const problems = verdict.forbidden.map((name) => `${name}: see verdict.txt`)
  const inputs = recordsOf(lines, 'in')
  problems.push(...findCopyFaults(inputs, recordsOf(lines, 'out')))
  if (inputs.length === 0) problems.push('nothing was copied')
  return { problems, inputCount: inputs.length }
}

/** Returns what the judging reader read of a topic. */
function recordsOf(lines: readonly Line[], prefix: string): ReadRecord[] {
  const records: ReadRecord[] = []
  for (const { proc, mops } of lines) {
    if (proc !== 'judge') continue
    for (const [kind, reads] of mops ?? []) {
      if (kind !== 'poll') continue
      for (const [key, found] of Object.entries(reads)) {
        const [name, partition] = key.split('-')
        if (name !== prefix) continue
        for (const [offset, value] of found) {
          records.push({ partition: Number(partition), offset, value: String(value) })
        }
      }
    }
  }
  return records
}
