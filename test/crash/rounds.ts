/**
 * Rounds of crashes under the load of several clients: the broker ends in the middle of its work,
 * starts again on what is left, and the clients go on. At the end everything is read once more by
 * each client, the files are verified, and the history of it all is judged.
 */

import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Kafka, logLevel } from 'kafkajs'
import { checkHistory, type Verdict } from '../history/checker.ts'
import { HistoryWriter, mergeLines, readLines } from '../history/history-files.ts'
import { startOwnBroker, type OwnBroker } from '../support/own-broker.ts'
import type { Mop } from '../history/history.ts'
import type { SeededRandom } from '../support/random.ts'
import type { BrokerPlace } from './broker-place.ts'
import { ClientProcess } from './client-process.ts'
import type { FakeClock } from './fake-clock.ts'
import { drivers, type DriverName } from './drivers.ts'
import { groupOf } from './load.ts'
import { encodeValue, keyOf, partitionCount, topic } from './records.ts'
import { sdkDriver } from './sdk-driver.ts'

export interface RoundsOptions {
  readonly name: string
  readonly rounds: number
  readonly place: BrokerPlace
  /** Where the history goes: one file for each process. */
  readonly historyFolder: string
  readonly flush: string
  readonly random: SeededRandom
  /** What time the broker believes it is, which then jumps now and then. @default the true one */
  readonly clock?: FakeClock
}

export interface RoundsResult {
  readonly verdict: Verdict
  readonly acknowledged: number
  readonly seconds: number
  readonly slowestStartMs: number
}

const root = join(import.meta.dirname, '..', '..')
const driverNames = Object.keys(drivers) as DriverName[]
const finalReadMs = 60_000
const pauseMs = 300

/** @throws where the broker does not start, a client gets no further, or reading does not end */
export async function runRounds(options: RoundsOptions): Promise<RoundsResult> {
  const run = new Run(options)
  try {
    return await run.all()
  } finally {
    await run.close()
  }
}

class Run {
  readonly #options: RoundsOptions
  readonly #writer: HistoryWriter
  #broker: OwnBroker | undefined
  #clients: ClientProcess[] = []
  #port = 0
  #slowestStartMs = 0

  constructor(options: RoundsOptions) {
    this.#options = options
    this.#writer = new HistoryWriter(join(options.historyFolder, 'runner.jsonl'))
  }

  async all(): Promise<RoundsResult> {
    const startMs = performance.now()
    const { name, rounds, historyFolder } = this.#options
    await this.#start()
    const admin = this.#kafka().admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic, numPartitions: partitionCount }] })
    await admin.disconnect()
    this.#clients = driverNames.map((driver) => this.#client(driver, ['load']))
    for (let round = 1; round <= rounds; round++) {
      await this.#round()
      if (round % 10 === 0 || round === rounds) {
        const counts = this.#clients.map((client) => `${client.name} ${client.acknowledged}`)
        process.stderr.write(`${name} ${round}/${rounds}: acknowledged ${counts.join(', ')}\n`)
      }
    }
    await Promise.all(this.#clients.map((client) => client.untilProgress()))
    await Promise.all(this.#clients.map((client) => client.stop()))
    await this.#readCommits()
    await this.#readEverything()
    await this.#verifyFiles()
    const files = readdirSync(historyFolder).map((file) => join(historyFolder, file))
    const verdict = checkHistory(mergeLines(files.map(readLines)))
    return {
      verdict,
      acknowledged: verdict.metrics.acknowledgedRecords,
      seconds: (performance.now() - startMs) / 1000,
      slowestStartMs: this.#slowestStartMs,
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.stop()))
    await this.#broker?.kill()
    this.#writer.close()
  }

  async #round(): Promise<void> {
    const { random, place, clock } = this.#options
    await Promise.all(this.#clients.map((client) => client.untilProgress()))
    await sleep(50 + random.below(350))
    const broker = this.#broker!
    if (random.below(5) === 0) {
      this.#event('fault', 'pause')
      process.kill(broker.pid, 'SIGSTOP')
      await sleep(pauseMs)
      process.kill(broker.pid, 'SIGCONT')
      await sleep(random.below(50))
    }
    if (clock && random.below(3) === 0) {
      this.#event('fault', `clock ${clock.jump((choices) => random.pick(choices))}`)
      await sleep(random.below(100))
    }
    this.#event('fault', 'crash')
    this.#broker = undefined
    await place.crash(broker)
    await this.#start()
    this.#event('restart', `${Math.round(this.#broker!.startedInMs)} ms`)
    await this.#readCommits()
  }

  async #start(): Promise<void> {
    const { place, flush, clock } = this.#options
    this.#broker = await startOwnBroker({
      dataFolder: place.dataFolder,
      port: this.#port,
      flags: ['--flush', flush, '--partitions', String(partitionCount)],
      ...(clock ? { env: clock.environment } : {}),
    })
    this.#port = this.#broker.port
    this.#slowestStartMs = Math.max(this.#slowestStartMs, this.#broker.startedInMs)
  }

  #event(f: 'fault' | 'restart', note: string): void {
    this.#writer.write({ proc: 'runner', type: 'info', f, note })
  }

  #client(name: DriverName, args: readonly string[]): ClientProcess {
    const { historyFolder, random } = this.#options
    const history = join(historyFolder, `${name}-${args[0]}.jsonl`)
    const options = { name, bootstrap: this.#broker!.bootstrap, history, seed: random.below(1e9) }
    return new ClientProcess(options, args)
  }

  #kafka(): Kafka {
    const brokers = [this.#broker!.bootstrap]
    return new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { retries: 2 } })
  }

  /** Asks what the groups have committed: no less than what was acknowledged to them before. */
  async #readCommits(): Promise<void> {
    const admin = this.#kafka().admin()
    await admin.connect()
    for (const name of driverNames) {
      const group = groupOf(name)
      const line = { proc: 'runner-commits', f: 'committed', group } as const
      this.#writer.write({ ...line, type: 'invoke' })
      const [found] = await admin.fetchOffsets({ groupId: group, topics: [topic] })
      const offsets = Object.fromEntries(
        found!.partitions.map(({ partition, offset }) => [keyOf(partition), Number(offset)]),
      )
      this.#writer.write({ ...line, type: 'ok', offsets })
    }
    await admin.disconnect()
  }

  /** Stops the broker, and walks every byte that it leaves behind. @throws with what is wrong */
  async #verifyFiles(): Promise<void> {
    const broker = this.#broker!
    this.#broker = undefined
    await broker.stop()
    const faults = await seriousFaults(this.#options.place.dataFolder)
    if (faults.length > 0) throw new Error(`the files are not sound:\n${faults.join('\n')}`)
  }

  /** Each client reads up to a last record, since what is at the end may not be for readers. */
  async #readEverything(): Promise<void> {
    const proc = 'runner-ends'
    const driver = sdkDriver({ bootstrap: this.#broker!.bootstrap, topic })
    const producer = await driver.openProducer()
    const ends: number[] = []
    for (let partition = 0; partition < partitionCount; partition++) {
      const id = `${proc}:${partition}`
      const send = (offset?: number): Mop =>
        offset === undefined
          ? ['send', keyOf(partition), id]
          : ['send', keyOf(partition), id, offset]
      this.#writer.write({ proc, type: 'invoke', f: 'send', mops: [send()] })
      const offset = await producer.send(partition, [encodeValue(id, partition, 0)])
      this.#writer.write({ proc, type: 'ok', f: 'send', mops: [send(offset)] })
      ends[partition] = offset + 1
    }
    await producer.close()
    await driver.close()
    const readers = driverNames.map((name) => this.#client(name, ['read', JSON.stringify(ends)]))
    await Promise.all(readers.map((reader) => reader.untilDone(finalReadMs)))
  }
}

/**
 * Returns what `kafka.do verify` finds, but for derived files: a power cut leaves those of its time
 * with anything in them, and they are made again where they are needed.
 */
async function seriousFaults(dataFolder: string): Promise<string[]> {
  const args = [join(root, 'src/cli/main.ts'), 'verify', '--deep', '--json', dataFolder]
  const run = promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 26 })
  const { stdout } = await run.catch((error: { stdout: string; code: number }) => {
    if (error.code === 1) return error
    throw new Error('the files could not be verified', { cause: error })
  })
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'))
  return lines.filter((line) => !/"severity":"(rebuilt|stray)"/.test(line))
}
