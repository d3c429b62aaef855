/**
 * What the programs in this folder have in common: each is one client, doing one kind of work as its
 * only argument says, and printing as one line of JSON how fast that was.
 */

import { readFileSync } from 'node:fs'
import { percentile } from '../statistics.ts'
import { sampleEvent, sumOfIds, type SampleEvent } from '../sample-events.ts'

export interface Message {
  readonly key: string
  readonly value: SampleEvent
}

/** A client as its users would write to it: JSON in, JSON out, and its defaults but `acks=all`. */
export interface Client {
  /** Resolves when the record is acknowledged. */
  send(message: Message): Promise<unknown>
  /** Resolves when all records are acknowledged. */
  sendBatch(messages: readonly Message[]): Promise<unknown>
  /** Consumes from the earliest record on, one record at a time, for as long as the process runs. */
  consume(group: string, onEvent: OnEvent): Promise<unknown>
  /** The same by the client's interface for batches, where it has one. */
  consumeBatches?(group: string, onEvent: OnEvent): Promise<unknown>
}

export type OnEvent = (event: SampleEvent) => void

export interface Settings {
  readonly bootstrap: string
  readonly topic: string
  readonly work: Work
}

export type Work = ProducingWork | ConsumingWork

export type ProducingWork = {
  /** How long the client does the same before it is measured. @default 0.5 */
  readonly warmUpSeconds?: number
} & (
  | /** `concurrency` loops that send a record and wait for it. */
    { readonly kind: 'send'; readonly concurrency: number; readonly seconds: number }
  /** One loop that sends `size` records and waits for them. */
  | { readonly kind: 'sendBatch'; readonly size: number; readonly seconds: number }
  /** One loop that sends records and waits for none of them; then for all. */
  | { readonly kind: 'post'; readonly seconds: number }
  /**
   * A record at a time, so many a second, to a consumer in the same process. To get warm, one after
   * the other as fast as that goes.
   */
  | { readonly kind: 'latency'; readonly perSecond: number; readonly recordCount: number }
)

/** Getting warm is a part of it, which is why there should be many records. */
export interface ConsumingWork {
  readonly kind: 'consume' | 'consumeBatches'
  readonly recordCount: number
}

export interface ClientResult {
  readonly recordsPerSecond: number
  /** Processor time of the client, in all its threads. */
  readonly cpuMicrosPerRecord: number
  /** The most memory that the client's process has had. */
  readonly residentMb: number
  /** From before a record is sent until it is consumed. */
  readonly latencyMs?: { readonly p50: number; readonly p99: number }
}

/** Runs the program; `connect` gives the client that it is about. */
export async function runClient(connect: (settings: Settings) => Promise<Client>): Promise<void> {
  const settings = JSON.parse(process.argv[2]!) as Settings
  const client = await connect(settings)
  const result = await perform(client, settings.work)
  process.stdout.write(`${JSON.stringify(result)}\n`)
  // Without goodbyes: what leaving takes is another question, and some clients take long.
  process.exit(0)
}

function perform(client: Client, work: Work): Promise<ClientResult> {
  switch (work.kind) {
    case 'send':
      return measureWarm(work, (durationMs) =>
        sendInLoops(work.concurrency, durationMs, async (index) => {
          await client.send(message(index))
          return 1
        }),
      )
    case 'sendBatch':
      return measureWarm(work, (durationMs) =>
        sendInLoops(1, durationMs, async (index) => {
          await client.sendBatch(Array.from({ length: work.size }, (_, n) => message(index + n)))
          return work.size
        }),
      )
    case 'post':
      return measureWarm(work, (durationMs) => post(client, durationMs))
    case 'latency':
      return measureLatency(client, work)
    case 'consume':
      return measureConsumed(work.recordCount, client.consume.bind(client))
    case 'consumeBatches':
      return measureConsumed(work.recordCount, client.consumeBatches!.bind(client))
  }
}

function message(index: number): Message {
  const value = sampleEvent(index)
  return { key: value.customer, value }
}

const defaultWarmUpSeconds = 0.5

/** Has records sent until the client is warm, and then for as long as it is measured. */
async function measureWarm(
  { warmUpSeconds = defaultWarmUpSeconds, seconds }: Exclude<ProducingWork, { kind: 'latency' }>,
  sendFor: (durationMs: number) => Promise<number>,
): Promise<ClientResult> {
  await sendFor(warmUpSeconds * 1000)
  const meter = new Meter()
  return meter.read(await sendFor(seconds * 1000))
}

/** Calls `send` in so many loops. Returns how many records they have sent. */
async function sendInLoops(
  concurrency: number,
  durationMs: number,
  send: (index: number) => Promise<number>,
): Promise<number> {
  const end = performance.now() + durationMs
  let count = 0
  let index = 0
  const loop = async (): Promise<void> => {
    while (performance.now() < end) {
      const sent = await send(index++)
      count += sent
    }
  }
  await Promise.all(Array.from({ length: concurrency }, loop))
  return count
}

/** As many as may be under way at a time: none of the clients holds its caller up by itself. */
const postedMax = 10_000

/** Resolves with how many were sent when all are acknowledged. */
function post(client: Client, durationMs: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const end = performance.now() + durationMs
  let sent = 0
  let settled = 0
  const onSettled = (): void => {
    settled++
    // Half of them at a time, so that this is a loop, and not an answer to each answer.
    if (sent - settled === postedMax / 2 && performance.now() < end) go()
    else if (settled === sent) resolve(sent)
  }
  const go = (): void => {
    while (sent - settled < postedMax) client.send(message(sent++)).then(onSettled, reject)
  }
  go()
  return promise
}

async function measureLatency(
  client: Client,
  {
    warmUpSeconds = defaultWarmUpSeconds,
    perSecond,
    recordCount,
  }: Extract<Work, { kind: 'latency' }>,
): Promise<ClientResult> {
  const sentAtMs = new Map<number, number>()
  const latencies: number[] = []
  const { promise: consumed, resolve, reject } = Promise.withResolvers<void>()
  let sentCount = 0
  let seenCount = 0
  const onEvent = ({ id }: SampleEvent): void => {
    seenCount++
    const startMs = sentAtMs.get(id)
    if (startMs === undefined) return
    latencies.push(performance.now() - startMs)
    if (latencies.length === recordCount) resolve()
  }
  client.consume(`bench-${process.pid}-${Date.now()}`, onEvent).catch(reject)
  const untilAllSeen = async (): Promise<void> => {
    while (seenCount < sentCount) await pause(1)
  }
  await client.send(message(sentCount++))
  // There is a consumer once that has come.
  await Promise.race([untilAllSeen(), consumed])
  const end = performance.now() + warmUpSeconds * 1000
  while (performance.now() < end) await client.send(message(sentCount++))
  await Promise.race([untilAllSeen(), consumed])
  const meter = new Meter()
  for (let index = 0; index < recordCount; index++) {
    const next = message(latencyFirst + index)
    sentAtMs.set(next.value.id, performance.now())
    client.send(next).catch(reject)
    await pause(1000 / perSecond)
  }
  await consumed
  const latencyMs = { p50: percentile(latencies, 50), p99: percentile(latencies, 99) }
  return { ...meter.read(recordCount), latencyMs }
}

/** Ids from here on are those that are timed. */
const latencyFirst = 1_000_000

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Measures from the first record on: what joining a group takes is another question. */
async function measureConsumed(
  recordCount: number,
  consume: (group: string, onEvent: OnEvent) => Promise<unknown>,
): Promise<ClientResult> {
  const { promise, resolve, reject } = Promise.withResolvers<ClientResult>()
  let meter: Meter | undefined
  let count = 0
  let sum = 0
  const onEvent = (event: SampleEvent): void => {
    meter ??= new Meter()
    sum += event.id
    if (++count < recordCount) return
    if (sum === sumOfIds(recordCount)) resolve(meter.read(count))
    else reject(new Error(`the first ${count} records were not those that were produced`))
  }
  consume(`bench-${process.pid}-${Date.now()}`, onEvent).catch(reject)
  return promise
}

class Meter {
  readonly #startMs = performance.now()
  readonly #startCpu = process.cpuUsage()

  read(recordCount: number): ClientResult {
    const seconds = (performance.now() - this.#startMs) / 1000
    const { user, system } = process.cpuUsage(this.#startCpu)
    return {
      recordsPerSecond: recordCount / seconds,
      cpuMicrosPerRecord: (user + system) / recordCount,
      residentMb: peakResidentBytes() / 1e6,
    }
  }
}

/** Not `resourceUsage()`, which begins with what the process had that started this one. */
function peakResidentBytes(): number {
  const kibibytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]
  return Number(kibibytes) * 1024
}
