/**
 * What a client does all the time while brokers die: it produces, it reads everything again and
 * again, and it is a member of a group that commits. Each of these is a process of the history.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { HistoryWriter } from '../history/history-files.ts'
import type { Line, ReadRecord } from '../history/history.ts'
import type { Commit, OpenProducer, Received } from './driver.ts'
import type { LoadOptions } from './load-options.ts'
import { decodeValue, encodeValue, keyOf, partitionCount } from './records.ts'
import { transact } from './transactions.ts'

const pauseMs = 4
const retryMs = 30
/** A reader begins anew after so long, to see once more what it saw before. */
const readerLifeMs = 10_000

export async function runLoad(options: LoadOptions): Promise<void> {
  await Promise.all([
    produce(options, `${options.name}-producer-1`),
    produce(options, `${options.name}-producer-2`),
    transact(options, `${options.name}-transactions`),
    readAll(options, `${options.name}-reader`),
    consumeAsMember(options, `${options.name}-member`),
  ])
}

async function produce(options: LoadOptions, proc: string): Promise<void> {
  const { driver, writer, random, signal } = options
  let producer: OpenProducer | undefined
  for (let sequence = 0; !signal.aborted; sequence++) {
    const partition = random.below(partitionCount)
    const ids = Array.from({ length: 1 + random.below(5) }, (_, n) => `${proc}:${sequence}:${n}`)
    const values = ids.map((id) => encodeValue(id, partition, random.below(500)))
    const key = keyOf(partition)
    try {
      producer ??= await driver.openProducer()
    } catch {
      // Nothing was sent: the broker is not there.
      await sleep(retryMs)
      continue
    }
    const write = (type: Line['type'], base?: number, note?: string): void =>
      writer.write({
        proc,
        type,
        f: 'send',
        mops: ids.map((id, n) =>
          base === undefined ? ['send', key, id] : ['send', key, id, base + n],
        ),
        ...(note === undefined ? {} : { note }),
      })
    write('invoke')
    try {
      write('ok', await producer.send(partition, values))
      options.onAcknowledged(ids.length)
      await sleep(pauseMs)
    } catch (error) {
      write('info', undefined, String(error))
      await producer.close().catch(() => 'it is given up anyway')
      producer = undefined
      await sleep(retryMs)
    }
  }
  await producer?.close().catch(() => 'the run is over')
}

async function readAll(options: LoadOptions, proc: string): Promise<void> {
  for (let life = 0; !options.signal.aborted; life++) {
    const signal = AbortSignal.any([options.signal, AbortSignal.timeout(readerLifeMs)])
    const group = `${proc}-${options.random.below(1e9)}-${life}`
    await consume(options, { proc, group, signal, isMember: false })
  }
}

async function consumeAsMember(options: LoadOptions, proc: string): Promise<void> {
  const { signal } = options
  while (!signal.aborted) {
    await consume(options, { proc, group: groupOf(options.name), signal, isMember: true })
  }
}

/** The group whose commits are watched. */
export const groupOf = (name: string): string => `${name}-group`

interface Role {
  readonly proc: string
  readonly group: string
  readonly signal: AbortSignal
  readonly isMember: boolean
}

async function consume(options: LoadOptions, role: Role): Promise<void> {
  const { writer, driver, random } = options
  const { proc, group, signal, isMember } = role
  let epoch: number | undefined
  const isolation = driver.isolation === undefined ? {} : { isolation: driver.isolation }
  const ofGroup = (): Partial<Line> =>
    isMember ? { group, member: proc, ...(epoch === undefined ? {} : { epoch }) } : {}
  try {
    await driver.consume({
      group,
      signal,
      onAssign(ofGeneration) {
        epoch = ofGeneration
        const keys = Array.from({ length: partitionCount }, (_, partition) => keyOf(partition))
        writer.write({ proc, type: 'info', f: 'assign', keys, ...ofGroup() })
      },
      async onRecords(records, commit) {
        const mops: Line['mops'] = [['poll', byKey(records)]]
        writer.write({ proc, type: 'ok', f: 'poll', mops, ...isolation, ...ofGroup() })
        if (isMember && random.below(2) === 0) {
          await commitRecords(writer, { proc, records, commit, ofGroup: ofGroup() })
        }
      },
    })
  } catch (error) {
    writer.write({ proc, type: 'info', f: 'crash', note: String(error) })
    await sleep(retryMs)
  }
}

/** Puts what was received into the shape of a poll. */
export function byKey(records: readonly Received[]): Record<string, ReadRecord[]> {
  const found: Record<string, ReadRecord[]> = {}
  for (const { partition, offset, value } of records) {
    const list = (found[keyOf(partition)] ??= [])
    list.push([offset, decodeValue(value, partition)])
  }
  return found
}

async function commitRecords(
  writer: HistoryWriter,
  {
    proc,
    records,
    commit,
    ofGroup,
  }: {
    proc: string
    records: readonly Received[]
    commit: Commit
    ofGroup: Partial<Line>
  },
): Promise<void> {
  const next = new Map(records.map(({ partition, offset }) => [partition, offset + 1]))
  const offsets = Object.fromEntries([...next].map(([at, offset]) => [keyOf(at), offset]))
  const line = { proc, f: 'commit', offsets, ...ofGroup } as const
  writer.write({ ...line, type: 'invoke' })
  try {
    await commit(next)
    writer.write({ ...line, type: 'ok' })
  } catch (error) {
    writer.write({ ...line, type: 'info', note: String(error) })
  }
}
