/**
 * Opens a log in every state that a crash and a disk may leave it in, and compares the outcome with
 * what the table in `decision.ts` says of that state.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  append,
  openTestLog,
  readAll,
  smallSegments,
  testBatch,
  testFolder,
} from '../../../test/support/log-fixture.ts'
import { silentLogger } from '../../runtime/runtime.ts'
import { MemoryStorage } from '../../storage/memory-storage.ts'
import { readWholeFile, writeDerivedFile } from '../../storage/whole-file.ts'
import { stampBatch } from '../../record/batch.ts'
import { DamagedLogError } from '../log-error.ts'
import { offsetName } from '../log-files.ts'
import type { PartitionLog } from '../partition-log.ts'
import { decideTail } from './decision.ts'
import type { TailDecision, TailFacts } from './decision.ts'

/** The table, row by row; `point` is where the recovery point is, seen from the end offset. */
const table: readonly (readonly [TailFacts['tail'], Point, TailDecision])[] = [
  ['none', 'at or below', 'keep'],
  ['none', 'above', 'refuse'],
  ['none', 'unknown', 'keep'],
  ['bad', 'at or below', 'cut'],
  ['bad', 'above', 'refuse'],
  ['bad', 'unknown', 'cut'],
  ['bad, then valid batches', 'at or below', 'set aside'],
  ['bad, then valid batches', 'above', 'refuse'],
  ['bad, then valid batches', 'unknown', 'refuse'],
]

type Point = 'above' | 'at or below' | 'unknown'

const tails = ['whole', 'torn', 'zeros', 'garbage'] as const
const pendings = ['none', 'fits', 'does not fit'] as const
const derivedStates = ['good', 'missing', 'damaged', 'of another log', 'shorter', 'longer'] as const

interface State {
  readonly wasCleanShutdown: boolean
  readonly tail: (typeof tails)[number]
  readonly hasValidAfter: boolean
  readonly point: Point
  readonly pending: (typeof pendings)[number]
  readonly derived: (typeof derivedStates)[number]
}

function* allStates(): Generator<State> {
  for (const wasCleanShutdown of [true, false])
    for (const tail of tails)
      for (const hasValidAfter of tail === 'whole' ? [false] : [true, false])
        for (const point of ['above', 'at or below', 'unknown'] as const)
          for (const pending of pendings)
            for (const derived of derivedStates)
              yield { wasCleanShutdown, tail, hasValidAfter, point, pending, derived }
}

const config = { ...smallSegments, segmentBytes: 100_000 }
const batchCount = 5
/** Large enough that indexes and a snapshot are written when it is closed. */
const values = ['v'.repeat(20_000)]

/** A log of two closed segments' worth of batches, closed in order: what all states begin with. */
async function closedLog(firstValue: string): Promise<MemoryStorage> {
  const storage = new MemoryStorage()
  const log = openTestLog({ storage, config })
  for (let count = 0; count < batchCount; count++) append(log, { values: [firstValue, ...values] })
  await log.close()
  return storage
}

const base = await closedLog('one')
const other = await closedLog('another')
const segments = base.list(testFolder).filter((name) => name.endsWith('.log'))
const activePath = `${testFolder}/${segments.at(-1)!}`
const activeBytes = readWholeFile(base, activePath)!
const baseOffset = Number(segments.at(-1)!.slice(0, 20))
const endOffset = batchCount * 2

/** A batch that may come after a bad stretch: valid, with an offset beyond it. */
function laterBatch(): Uint8Array {
  const bytes = testBatch({ values: ['later'] })
  stampBatch(bytes, 0, { baseOffset: endOffset + 3, leaderEpoch: 0 })
  return bytes
}

function tailBytes({ tail, hasValidAfter }: State): Uint8Array {
  const batch = testBatch({ values: ['the next one'] })
  stampBatch(batch, 0, { baseOffset: endOffset, leaderEpoch: 0 })
  const bad = {
    whole: new Uint8Array(0),
    torn: batch.subarray(0, batch.length - 3),
    zeros: new Uint8Array(4096),
    garbage: new Uint8Array(700).fill(0xa7),
  }[tail]
  return hasValidAfter ? Buffer.concat([bad, laterBatch()]) : bad
}

function derivedFiles(storage: MemoryStorage): string[] {
  return storage.list(testFolder).filter((name) => !/\.log|quarantine|checkpoint/.test(name))
}

function spoil(storage: MemoryStorage, derived: State['derived']): void {
  for (const name of derivedFiles(storage)) {
    const path = `${testFolder}/${name}`
    const bytes = readWholeFile(storage, path)!.slice()
    if (derived === 'missing') storage.remove(path)
    if (derived === 'damaged') {
      bytes[bytes.length >> 1]! ^= 1
      writeDerivedFile(storage, path, bytes)
    }
    if (derived === 'of another log') {
      writeDerivedFile(storage, path, readWholeFile(other, path) ?? new Uint8Array(0))
    }
    if (derived === 'shorter') writeDerivedFile(storage, path, bytes.slice(0, -1))
    if (derived === 'longer') writeDerivedFile(storage, path, Buffer.concat([bytes, bytes]))
  }
}

function build(state: State): MemoryStorage {
  const storage = new MemoryStorage()
  for (const name of base.list(testFolder)) {
    const path = `${testFolder}/${name}`
    writeDerivedFile(storage, path, readWholeFile(base, path)!)
  }
  writeDerivedFile(storage, activePath, Buffer.concat([activeBytes, tailBytes(state)]))
  if (state.pending !== 'none') {
    const offset = state.pending === 'fits' ? endOffset : endOffset + 2
    const batch = testBatch({ values: ['pending'] })
    stampBatch(batch, 0, { baseOffset: offset, leaderEpoch: 0 })
    writeDerivedFile(storage, `${testFolder}/${offsetName(offset)}.log.pending`, batch)
  }
  spoil(storage, state.derived)
  return storage
}

/** Where recovery ends, which the recovery point is compared with. */
function endOf({ pending }: State): number {
  return pending === 'fits' ? endOffset + 1 : endOffset
}

function pointOf(state: State): number | undefined {
  // In a log with a bad tail, the point is compared with the offset at which that begins.
  const end = state.tail === 'whole' ? endOf(state) : endOffset
  return { unknown: undefined, 'at or below': end - 1, above: end + 1 }[state.point]
}

function expectedDecision({ tail, hasValidAfter, point }: State): TailDecision {
  const kind = tail === 'whole' ? 'none' : hasValidAfter ? 'bad, then valid batches' : 'bad'
  return table.find((row) => row[0] === kind && row[1] === point)![2]
}

interface Outcome {
  readonly log: PartitionLog | undefined
  readonly messages: string[]
  readonly error: unknown
}

function open(storage: MemoryStorage, state: State): Outcome {
  const messages: string[] = []
  const logger = {
    ...silentLogger,
    warn: (message: string) => void messages.push(`warn: ${message}`),
    error: (message: string) => void messages.push(`error: ${message}`),
  }
  const { wasCleanShutdown } = state
  const recoveryPoint = pointOf(state)
  try {
    const log = openTestLog({ storage, config, logger, wasCleanShutdown, recoveryPoint })
    return { log, messages, error: undefined }
  } catch (error) {
    return { log: undefined, messages, error }
  }
}

function filesOf(storage: MemoryStorage, suffix: string): string[] {
  return storage.list(testFolder).filter((name) => name.includes(suffix))
}

function checkRefused(storage: MemoryStorage, { error }: Outcome, state: State): void {
  assert.ok(error instanceof DamagedLogError, String(error))
  assert.match(error.message, /kafka\.do repair/)
  const bytes = Buffer.concat([activeBytes, tailBytes(state)])
  assert.deepEqual(readWholeFile(storage, activePath), new Uint8Array(bytes), 'nothing changes')
  if (state.tail !== 'whole') assert.equal(error.offset, endOffset)
}

async function checkOpened(storage: MemoryStorage, outcome: Outcome, state: State): Promise<void> {
  const { log, messages, error } = outcome
  if (!log) throw error
  const decision = expectedDecision(state)
  assert.equal(log.endOffset, endOf(state))
  assert.deepEqual(
    readAll(log).map(({ offset }) => offset),
    Array.from({ length: endOf(state) }, (_, offset) => offset),
  )
  const said = messages.filter((message) => /tail/.test(message))
  const level = { keep: undefined, cut: 'warn', 'set aside': 'error', refuse: undefined }[decision]
  assert.deepEqual(
    said.map((message) => message.split(':')[0]),
    level ? [level] : [],
  )
  const copies = filesOf(storage, '.quarantine-')
  const isCopied = decision === 'set aside'
  const name = `${offsetName(baseOffset)}.quarantine-${activeBytes.length}`
  assert.deepEqual(copies, isCopied ? [name, `${name}.json`] : [])
  if (isCopied) {
    const copy = readWholeFile(storage, `${testFolder}/${name}`)
    assert.deepEqual(copy, new Uint8Array(tailBytes(state)))
  }
  append(log)
  await log.close()
  assert.deepEqual(filesOf(storage, '.pending'), [])
}

test('decideTail() decides as the table says, for all inputs', () => {
  for (const [tail, point, decision] of table) {
    const points = { 'at or below': [0, 6, 7], above: [8, 9], unknown: [undefined] }[point]
    for (const recoveryPoint of points) {
      assert.equal(decideTail({ endOffset: 7, tail, recoveryPoint }), decision)
    }
  }
})

test('a log opens as the table says, whatever a crash and a disk left of it', async () => {
  let count = 0
  for (const state of allStates()) {
    count++
    const hint = JSON.stringify(state)
    const storage = build(state)
    const outcome = open(storage, state)
    try {
      if (expectedDecision(state) === 'refuse') checkRefused(storage, outcome, state)
      else await checkOpened(storage, outcome, state)
    } catch (error) {
      throw new Error(hint, { cause: error })
    }
  }
  assert.equal(count, 2 * 7 * 3 * 3 * 6)
})
