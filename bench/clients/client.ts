/**
 * What the programs in this folder have in common: each is one client, doing one kind of work as its
 * only argument says, and printing as one line of JSON how fast that was.
 */

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

export type Work =
  /** `concurrency` loops that send a record and wait for it. */
  | { readonly kind: 'send'; readonly concurrency: number; readonly seconds: number }
  /** One loop that sends `size` records and waits for them. */
  | { readonly kind: 'sendBatch'; readonly size: number; readonly seconds: number }
  | { readonly kind: 'consume' | 'consumeBatches'; readonly recordCount: number }

export interface ClientResult {
  readonly recordsPerSecond: number
  /** Processor time of the client, in all its threads. */
  readonly cpuMicrosPerRecord: number
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
      return measureSends(work.concurrency, work.seconds, async (index) => {
        await client.send(message(index))
        return 1
      })
    case 'sendBatch':
      return measureSends(1, work.seconds, async (index) => {
        await client.sendBatch(Array.from({ length: work.size }, (_, n) => message(index + n)))
        return work.size
      })
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

/** Runs `send` in so many loops: half a second to get warm, then for `seconds` to be measured. */
async function measureSends(
  concurrency: number,
  seconds: number,
  send: (index: number) => Promise<number>,
): Promise<ClientResult> {
  let index = 0
  const sendFor = async (durationMs: number): Promise<ClientResult> => {
    const meter = new Meter()
    const end = performance.now() + durationMs
    let count = 0
    const loop = async (): Promise<void> => {
      while (performance.now() < end) {
        const sent = await send(index++)
        count += sent
      }
    }
    await Promise.all(Array.from({ length: concurrency }, loop))
    return meter.read(count)
  }
  await sendFor(500)
  return sendFor(seconds * 1000)
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
    }
  }
}
