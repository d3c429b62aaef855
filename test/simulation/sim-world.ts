/**
 * One broker that lives and dies on a simulated disk, a network before it, and the time in which all
 * of it happens.
 */

import { Broker } from '../../src/broker/broker.ts'
import type { BrokerOptions } from '../../src/broker/broker-options.ts'
import type { Kafka } from '../../src/streams/streaming-kafka.ts'
import { serveStream } from '../../src/connection/serve-stream.ts'
import { DamagedLogError } from '../../src/log/log-error.ts'
import { nodeCodecs } from '../../src/record/node-compression.ts'
import type { Facts, Logger } from '../../src/runtime/runtime.ts'
import { seededRandom, type SeededRandom } from '../support/random.ts'
import { PlannedFaults } from './disk-faults.ts'
import { Ledger, Violation } from './ledger.ts'
import { batchesOn, checkSurvivors, type LoggedBatches } from './surviving-batches.ts'
import { SimClock, type ProcessClock } from './sim-clock.ts'
import { CutFiles, FolderNode, type FileNode } from './sim-disk.ts'
import { newClient } from './sim-client.ts'
import { SimNetwork } from './sim-network.ts'
import { InjectedError, SimStorage } from './sim-storage.ts'
import { Trace } from './trace.ts'

export interface SimWorldOptions {
  readonly seed: number
  readonly broker: BrokerOptions
  readonly onLine: ((line: string) => void) | undefined
}

/** More than these are not work any more. */
const eventsMax = 1_000_000

/** A broker and what ends with it. */
interface Process {
  readonly broker: Broker
  readonly storage: SimStorage
  readonly clock: ProcessClock
  readonly ended: PromiseWithResolvers<void>
  isReady: boolean
  failure: Error | undefined
}

/** What a life may end at: a client is told so, or is about to have a transaction committed. */
export type Moment = 'commit' | 'deletion of records' | 'records' | 'topic' | 'transaction'

/** What a process left behind when it ended. */
interface LastEnd {
  how: 'kill' | 'power cut' | 'close'
  readonly batches: LoggedBatches
}

export class SimWorld {
  readonly seed: number
  readonly trace: Trace
  readonly clock: SimClock
  readonly random: SeededRandom
  readonly network: SimNetwork
  readonly faults: PlannedFaults
  readonly ledger = new Ledger()
  readonly counts = new Map<string, number>()
  /** Whether clients go on with their work. */
  isWorking = true
  /** Whether bits of files were flipped: records may then be missing, but never wrong. */
  hasFlippedBits = false
  /** Whether the broker did not start for that reason. */
  hasRefused = false
  readonly #options: SimWorldOptions
  readonly #brokerRandom: SeededRandom
  #disk = new FolderNode()
  #process: Process | undefined
  #lastEnd: LastEnd | undefined
  #violation: Error | undefined
  #awaited: { readonly what: Moment; readonly resolve: () => void } | undefined

  constructor(options: SimWorldOptions) {
    const { seed } = options
    this.#options = options
    this.seed = seed
    this.trace = new Trace(options.onLine)
    this.clock = new SimClock(this.trace)
    this.random = seededRandom(seed)
    this.#brokerRandom = seededRandom(seed + 0x1000_0000)
    const { clock, trace } = this
    const count = (what: string): void => this.count(what)
    const networkRandom = seededRandom(seed + 0x2000_0000)
    this.network = new SimNetwork({ clock, trace, count, random: networkRandom })
    this.faults = new PlannedFaults({ clock, count, random: seededRandom(seed + 0x3000_0000) })
  }

  get disk(): FolderNode {
    return this.#disk
  }

  get process(): Process | undefined {
    return this.#process
  }

  count(what: string, more = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + more)
  }

  /** Returns a client of our SDK on this network. */
  client(name: string): Kafka {
    return newClient(this, name, { clock: this.clock, attachment: this.network.attach() })
  }

  /** Starts the broker. Resolves with whether it runs. */
  async start(): Promise<boolean> {
    const clock = this.clock.forProcess()
    const { trace, faults } = this
    const storage = new SimStorage({ root: this.#disk, clock, trace, faults })
    trace.note('start')
    this.count('starts')
    let broker: Broker
    let process: Process | undefined
    try {
      broker = Broker.open({
        storage,
        clock,
        random: this.#brokerRandom,
        logger: this.#logger(),
        codecs: nodeCodecs,
        options: this.#options.broker,
        onFailure: (error) => this.#failed(process, error),
      })
    } catch (error) {
      storage.end()
      clock.end()
      this.#checkRefusal(error as Error)
      return false
    }
    const ended = Promise.withResolvers<void>()
    process = { broker, storage, clock, ended, isReady: false, failure: undefined }
    this.#process = process
    this.#checkSurvivors()
    await this.#serveWhenReady(process)
    return this.#process === process && process.isReady
  }

  /** Ends the process. What the operating system has stays. */
  kill(): void {
    this.count('kills')
    this.#end('kill')
  }

  /** Cuts the power: what the disk has is what is left. */
  cutPower(): void {
    this.count('power cuts')
    this.#end('power cut')
    // The process may have ended before.
    if (this.#lastEnd) this.#lastEnd.how = 'power cut'
    const files = new CutFiles()
    this.#disk = files.cut(this.#disk, this.random) as FolderNode
    for (const kind of files.kinds) this.count(`files after a power cut: ${kind}`)
    this.ledger.powerCut()
  }

  /** Changes a bit of one file on the disk, as disks do over time. */
  flipBit(): void {
    const files = [...filesIn(this.#disk, '')].filter(({ node }) => node.cached.sizeBytes > 0)
    if (files.length === 0) return
    const { path, node } = this.random.pick(files)
    const position = this.random.below(node.cached.sizeBytes)
    this.trace.note(`flip a bit of ${path}`, position)
    this.count('bits flipped')
    this.hasFlippedBits = true
    node.flip(position, this.random.below(8))
  }

  /** Stops the broker in order; kills it where that fails. */
  async stop(): Promise<void> {
    const process = this.#process
    if (!process) return
    try {
      // It may end before that, by a failure, and then never says so.
      await Promise.race([process.broker.close(), process.ended.promise])
      // What its other parts still do on that occasion is done before the process is gone.
      await this.clock.sleep(0)
      if (this.#process !== process) return
      this.count('clean stops')
      this.#end('close')
    } catch (error) {
      this.trace.note(`stop failed: ${String(error)}`)
      if (this.#process === process) this.kill()
    }
  }

  /** Notes that an invariant does not hold. The run ends with the first of these. */
  violated(error: unknown): void {
    this.#violation ??= error instanceof Error ? error : new Error(String(error))
  }

  /** It has come to that with some client. */
  noteMoment(what: Moment): void {
    if (this.#awaited?.what !== what) return
    const { resolve } = this.#awaited
    this.#awaited = undefined
    resolve()
  }

  /** Resolves at that moment, or after a while. */
  untilMoment(what: Moment, limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#awaited = { what, resolve }
      this.clock.after(limitMs, resolve)
    })
  }

  /** Lets time pass until `task` has ended. @throws Violation where that takes too long */
  async runUntil<Result>(task: Promise<Result>, what: string, limitMs: number): Promise<Result> {
    let isDone = false
    const watched = task.finally(() => (isDone = true))
    watched.catch(() => {
      // It is thrown below, once the loop has ended.
    })
    const endMs = this.clock.monotonic() + limitMs
    const endCount = this.trace.count + eventsMax
    this.trace.note(`until ${what}`)
    await drained()
    while (!isDone && !this.#violation) {
      if (this.trace.count > endCount) throw new Violation('I15', `${what}: it goes in circles`)
      if (this.clock.monotonic() > endMs || !this.clock.step()) {
        throw new Violation('I15', `${what}: not done after ${limitMs} ms`)
      }
      await drained()
    }
    if (this.#violation) throw this.#violation
    return watched
  }

  #end(how: LastEnd['how']): void {
    this.network.hangUp()
    const process = this.#process
    if (!process) return
    this.trace.note(how)
    this.#lastEnd = { how, batches: batchesOn(this.#disk) }
    process.clock.end()
    process.storage.end()
    process.ended.resolve()
    this.#process = undefined
  }

  /** A broker that can store nothing any more ends, a moment later. */
  #failed(process: Process | undefined, error: Error): void {
    this.trace.note(`the broker fails: ${error.message}`)
    this.count('brokers that stopped themselves')
    if (!isInjected(error)) this.violated(new Violation('I15', `the broker stops: ${error.stack}`))
    if (!process) return
    process.failure = error
    this.clock.after(this.random.below(10), () => {
      if (this.#process === process) this.#end('kill')
    })
  }

  async #serveWhenReady(process: Process): Promise<void> {
    try {
      await process.broker.whenReady()
    } catch (error) {
      this.trace.note(`not ready: ${String(error)}`)
      if (this.#process === process) this.#end('kill')
      return
    }
    if (this.#process !== process) return
    process.isReady = true
    const logger = this.#logger()
    this.network.listen((stream) => {
      serveStream(stream, {
        handler: process.broker,
        logger,
        peer: {
          kind: 'tcp',
          host: 'client',
          dialled: { host: 'broker', port: 9092 },
          isPrivate: true,
        },
      })
    })
  }

  #checkRefusal(error: Error): void {
    this.trace.note(`refused to start: ${error.message}`)
    if (isInjected(error)) return this.count('starts that a failing disk prevented')
    if (error instanceof DamagedLogError && this.hasFlippedBits) {
      this.hasRefused = true
      return this.count('starts refused for damage')
    }
    this.violated(new Violation('I15', `the broker does not start: ${error.stack}`))
  }

  #checkSurvivors(): void {
    const last = this.#lastEnd
    if (!last || this.hasFlippedBits) return
    const isCompacted = (topic: string): boolean =>
      topic.startsWith('__') || this.ledger.topics.get(topic)?.isCompacted === true
    try {
      const now = batchesOn(this.#disk)
      checkSurvivors({
        before: last.batches,
        now,
        isCompacted,
        isAllKept: last.how !== 'power cut',
      })
    } catch (error) {
      this.violated(error)
    }
  }

  #logger(): Logger {
    const log = (level: string) => (message: string, facts?: Facts) => {
      this.trace.note(`${level}: ${message}`)
      this.trace.remark(JSON.stringify(facts ?? {}, showErrors))
      if (level === 'warn' || level === 'error') {
        this.count(`log: ${message}`)
        this.ledger.hasGivenUp ||= this.hasFlippedBits && !message.startsWith('connection')
      }
      // What a handler throws for no good reason ends its connection, and this is where it shows.
      if (message.startsWith('a request failed')) this.#checkInternalError(facts)
    }
    return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }
  }

  #checkInternalError(facts: Facts | undefined): void {
    const text = String(facts?.['error'])
    if (/^(TypeError|RangeError|AssertionError|ReferenceError)/.test(text)) {
      this.violated(new Violation('handler', text))
    }
  }
}

function* filesIn(folder: FolderNode, path: string): Iterable<{ path: string; node: FileNode }> {
  for (const [name, node] of folder.names) {
    if (node instanceof FolderNode) yield* filesIn(node, `${path}${name}/`)
    else yield { path: path + name, node }
  }
}

/** Whether the simulation has made what `error` came of. */
function isInjected(error: unknown): boolean {
  if (error instanceof InjectedError) return true
  return error instanceof Error && isInjected(error.cause)
}

function showErrors(_key: string, value: unknown): unknown {
  return value instanceof Error ? value.message : value
}

/** Lets everything happen that only waits for promises. */
function drained(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
