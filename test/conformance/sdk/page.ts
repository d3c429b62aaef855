/** The page that `browser.ts` opens: the SDK's browser entry, with the scenario around it. */

import { Kafka } from '../../../src/index.ts'
import { stepsOf, type Chunk, type ConsumedRecord, type Member } from './scenario.ts'

interface Settings {
  readonly url: string
  readonly topic: string
  readonly group: string
}

declare global {
  var steps: ReturnType<typeof stepsOf>
  var consumedAll: (consumed: readonly [Member, ConsumedRecord][]) => Promise<void>
  var open_: (settings: Settings) => void
  var produceChunks: (chunks: readonly Chunk[]) => Promise<void>
  var joinAs: (member: Member) => Promise<void>
  var leaveAs: (member: Member) => Promise<void>
}

/** What was consumed and is not with the program yet. */
let consumed: [Member, ConsumedRecord][] = []
let isTelling = false
const counts = { A: 0, B: 0 }
let waiting: readonly Chunk[] = []
const leave: Partial<Record<Member, () => Promise<void>>> = {}

async function tellProgram(): Promise<void> {
  if (isTelling) return
  isTelling = true
  while (consumed.length > 0) {
    const part = consumed
    consumed = []
    await globalThis.consumedAll(part)
  }
  isTelling = false
}

globalThis.open_ = ({ url, topic, group }) => {
  globalThis.steps = stepsOf(
    new Kafka({ url }),
    {
      topic,
      group,
      chunks: () => waiting,
      consumed(member, record) {
        counts[member]++
        consumed.push([member, record])
        void tellProgram()
      },
      // Member A is slow from the moment that B may join until B has its first record.
      async pace(member) {
        const isWaited = member === 'A' && counts.B === 0 && counts.A >= 20_000
        if (isWaited && counts.A % 125 === 0) await new Promise((done) => setTimeout(done, 50))
      },
    },
    ['none', 'gzip', 'snappy', 'lz4'],
  )
}
globalThis.produceChunks = (chunks) => {
  waiting = chunks
  return globalThis.steps.produce(0, 0)
}
globalThis.joinAs = async (member) => {
  leave[member] = await globalThis.steps.join(member)
}
globalThis.leaveAs = (member) => leave[member]!()
