/**
 * `consumer.process`: a handler for each record, several at a time, in order where that is asked
 * for. A record whose handler fails is tried again after a while, then put aside; what is committed
 * is what all records before it are done with.
 *
 * Records with something in common wait in a lane for the one before them; the first of each lane
 * is ready. Where nothing is ordered, that is the record itself: one that was lost, or sought, may
 * come again while its handler still runs. Whenever something has ended or arrived, as many are
 * begun as may run.
 */

import { withinLimits } from '../failure/deadline.ts'
import { ClosedError, KafkaError } from '../failure/errors.ts'
import { backoffMs, delay } from '../failure/retry.ts'
import type { KafkaRecord } from '../record/kafka-record.ts'
import { callHandler } from './call-handler.ts'
import type { ConsumerCore } from './consumer-core.ts'
import { resolveProcessOptions } from './process-options.ts'
import type { ProcessOptions, RecordHandler, ResolvedProcessOptions } from './process-options.ts'
import type { InHand } from './records-in-hand.ts'

/** Records in hand for each that may run: others wait for their lane, or for those before them. */
const inHandPerRunning = 16

interface Work<Value, Key> {
  readonly record: KafkaRecord<Value, Key>
  readonly inHand: InHand
  readonly lane: string
}

const keyText = new TextDecoder('latin1')

export class RecordProcessor<Value, Key> {
  readonly #core: ConsumerCore<Value, Key>
  readonly #handler: RecordHandler<Value, Key>
  readonly #options: ResolvedProcessOptions
  /** Waiting behind the one of their lane that is ready or runs. */
  readonly #lanes = new Map<string, Work<Value, Key>[]>()
  readonly #ready: Work<Value, Key>[] = []
  /** Waiting before they are tried again, which ends where that is not to be. */
  readonly #backingOff = new Map<Work<Value, Key>, AbortController>()
  #running = 0
  /** Aborted when no more is to be begun. */
  readonly #stop = new AbortController()
  #failure: { readonly error: unknown } | undefined
  #change: PromiseWithResolvers<void> | undefined
  #isWaitingForArrival = false

  /** @throws InvalidOptionError, naming the option that cannot work */
  constructor(
    core: ConsumerCore<Value, Key>,
    handler: RecordHandler<Value, Key>,
    options: ProcessOptions,
  ) {
    this.#core = core
    this.#handler = handler
    this.#options = resolveProcessOptions(options)
  }

  /**
   * Resolves once the consumer is closed and the handlers that ran have ended.
   *
   * @throws what a handler threw, or what the consumer failed with
   */
  async run(signal?: AbortSignal): Promise<void> {
    const onAbort = (): void => void this.#core.close()
    signal?.addEventListener('abort', onAbort, { once: true })
    if (signal?.aborted) onAbort()
    // As where the next one is asked for.
    this.#core.inHand.processedAll()
    this.#core.beginProcessing(() => this.#idle())
    try {
      while (!this.#failure && !this.#core.isClosed) {
        this.#takeMore()
        this.#beginReady()
        await this.#changed()
      }
      // It may be closed because it has failed, which is told to who takes next.
      if (this.#core.isClosed) this.#core.take()
    } catch (error) {
      this.#failure ??= { error }
    } finally {
      signal?.removeEventListener('abort', onAbort)
      this.#putDown()
      await this.#core.close()
    }
    if (this.#failure) throw this.#failure.error
  }

  #takeMore(): void {
    // Also where there is no room for more: this is how one hears that the consumer is closed, and
    // that partitions are leaving.
    if (!this.#isWaitingForArrival) this.#awaitArrival()
    const inHandMax = this.#options.concurrency * inHandPerRunning
    while (this.#core.inHand.count < inHandMax) {
      const record = this.#core.take()
      if (!record) return
      const work = { record, inHand: this.#core.inHand.last!, lane: this.#laneOf(record) }
      const waiting = this.#lanes.get(work.lane)
      if (waiting) waiting.push(work)
      else {
        this.#lanes.set(work.lane, [])
        this.#ready.push(work)
      }
    }
  }

  #awaitArrival(): void {
    this.#isWaitingForArrival = true
    this.#putDownLeaving()
    void this.#core.arrival().then(() => {
      this.#isWaitingForArrival = false
      this.#notify()
    })
  }

  /** A partition that another member is to have is not held up by what was not begun. */
  #putDownLeaving(): void {
    for (let index = 0; index < this.#ready.length;) {
      const work = this.#ready[index]!
      if (isOurs(work)) index++
      else {
        this.#ready.splice(index, 1)
        this.#end(work, false)
      }
    }
    for (const [work, waiting] of this.#backingOff) if (!isOurs(work)) waiting.abort()
  }

  #laneOf({ topic, partition, offset, rawKey }: KafkaRecord<Value, Key>): string {
    const place = `${topic}/${partition}`
    const { ordered } = this.#options
    if (ordered === 'partition') return place
    if (ordered === false || rawKey === null) return `${place}@${offset}`
    return `${place}/${keyText.decode(rawKey)}`
  }

  #beginReady(): void {
    while (this.#running < this.#options.concurrency) {
      const work = this.#ready.shift()
      if (!work) return
      if (isOurs(work)) void this.#work(work)
      else this.#end(work, false)
    }
  }

  async #work(work: Work<Value, Key>): Promise<void> {
    this.#running++
    let isProcessed = false
    try {
      isProcessed = await this.#attempts(work)
    } catch (error) {
      this.#failure ??= { error }
    }
    this.#running--
    this.#end(work, isProcessed)
  }

  #end({ inHand, lane }: Work<Value, Key>, isProcessed: boolean): void {
    if (isProcessed) this.#core.inHand.processed(inHand)
    else this.#core.inHand.leave(inHand)
    const waiting = this.#lanes.get(lane)
    let next = waiting?.shift()
    for (; next && !isOurs(next); next = waiting!.shift()) this.#core.inHand.leave(next.inHand)
    if (next) this.#ready.push(next)
    else this.#lanes.delete(lane)
    this.#notify()
  }

  /** Returns whether the record is done with; `false` where it is for whoever has it next. */
  async #attempts(work: Work<Value, Key>): Promise<boolean> {
    const { record } = work
    const { maxAttempts, deadLetter } = this.#options
    for (let attempt = 1; ; attempt++) {
      try {
        await callHandler(this.#core, record, () => this.#handle(record, attempt), attempt)
        return true
      } catch (error) {
        if (this.#stop.signal.aborted || work.inHand.partition.state === 'gone') return false
        if (attempt >= maxAttempts || isHopeless(error)) {
          if (deadLetter === undefined) throw error
          await this.#core.sendDeadLetter(record, error, deadLetter)
          return true
        }
      }
      if (isOurs(work)) await this.#backOff(work, attempt)
      if (this.#stop.signal.aborted || !isOurs(work)) return false
    }
  }

  async #handle(record: KafkaRecord<Value, Key>, attempt: number): Promise<void> {
    const { signal } = this.#stop
    const { timeoutMs } = this.#options
    if (timeoutMs === undefined) {
      await this.#handler(record, { signal, attempt })
      return
    }
    const action = `process ${record.topic}-${record.partition} at ${record.offset}`
    const limits = { action, clock: this.#core.clock, timeoutMs }
    await withinLimits(limits, async (late) => {
      // What `any` makes of a signal that lasts would last as long, once a handler listens to it.
      const controller = new AbortController()
      const end = (): void => controller.abort((late.aborted ? late : signal).reason)
      for (const reason of [late, signal]) reason.addEventListener('abort', end)
      if (signal.aborted) end()
      try {
        await this.#handler(record, { signal: controller.signal, attempt })
      } finally {
        signal.removeEventListener('abort', end)
      }
    })
  }

  /** Waits before the next attempt, if there is to be one. */
  async #backOff(work: Work<Value, Key>, attempt: number): Promise<void> {
    const { clock, random } = this.#core.cluster.platform
    const { baseMs, maxMs } = this.#options
    const waitMs = backoffMs({ attempt, baseMs, maxMs, random })
    const controller = new AbortController()
    this.#backingOff.set(work, controller)
    // Why it ends early is looked at then.
    await delay(waitMs, clock, controller.signal).catch(() => undefined)
    this.#backingOff.delete(work)
  }

  /** Begins nothing more; closing the consumer waits for what runs. */
  #putDown(): void {
    this.#stop.abort(new ClosedError('the consumer is being closed'))
    for (const waiting of this.#backingOff.values()) waiting.abort()
    const waiting = [...this.#ready.splice(0), ...[...this.#lanes.values()].flat()]
    this.#lanes.clear()
    for (const { inHand } of waiting) this.#core.inHand.leave(inHand)
  }

  /** Resolves once no handler runs: nobody else waits for those of partitions that were lost. */
  async #idle(): Promise<void> {
    while (this.#running > 0) await this.#changed()
  }

  #notify(): void {
    this.#change?.resolve()
    this.#change = undefined
  }

  #changed(): Promise<void> {
    this.#change ??= Promise.withResolvers<void>()
    return this.#change.promise
  }
}

/** Whether the partition of `work` is not leaving, and nobody has sought in it since. */
function isOurs({ inHand: { partition, round } }: { readonly inHand: InHand }): boolean {
  return partition.state === 'owned' && partition.round === round
}

/** Whether a record will never be read, however often it is tried. */
function isHopeless(error: unknown): boolean {
  return KafkaError.is(error) && error.code === 'serialization'
}
