/**
 * Mistakes that a broker can make about transactions, as edits of its source: `npm run
 * test:exactly-once -- --bite` makes each in a copy of it and wants it to be noticed. What is not
 * noticed there is not looked for.
 */

import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { edited, type SourceEdit } from '../support/source-edit.ts'

export interface Bite {
  readonly name: string
  readonly edits: readonly SourceEdit[]
}

const producerState = 'log/producer/producer-state.ts'
const checkTransaction = 'broker/transactions/check-transaction.ts'

export const bites: readonly Bite[] = [
  {
    name: 'a batch that is sent again is appended again',
    edits: [
      { file: producerState, find: 'if (duplicate) return duplicate', replace: 'void duplicate' },
      {
        file: producerState,
        find: "if (origin === 'client') checkSequence(batch, producer)",
        replace: 'void checkSequence',
      },
    ],
  },
  {
    name: 'a producer that was replaced is not fenced',
    edits: [
      {
        file: checkTransaction,
        find: '  if (transaction.producerEpoch !== producer.producerEpoch) throw',
        replace: '  if (transaction.producerEpoch === -5) throw',
      },
      {
        file: checkTransaction,
        find: 'if (!isRetry && !isSameEpoch) throw',
        replace: 'if (!isRetry && isSameEpoch === undefined) throw',
      },
      {
        file: producerState,
        find: 'if (batch.producerEpoch >= producer.epoch) return\n',
        replace: 'if (batch.producerEpoch >= -1) return\n',
      },
      {
        file: producerState,
        find: "if (origin === 'client') checkSequence(batch, producer)",
        replace: 'void checkSequence',
      },
    ],
  },
  {
    name: 'what was aborted is read',
    edits: [
      {
        file: 'broker/handlers/fetch.ts',
        find: 'const readCommitted = 1',
        replace: 'const readCommitted = 7',
      },
    ],
  },
  {
    name: 'offsets of an aborted transaction are committed',
    edits: [
      {
        file: 'broker/groups/transactional-offsets.ts',
        find: "if (marker.result === 'abort') continue",
        replace: '',
      },
    ],
  },
  {
    name: 'the transaction of a producer that is gone is committed',
    edits: [
      {
        file: 'broker/transactions/transaction-coordinator.ts',
        find: "const ending = { result: 'abort', nextProducerId",
        replace: "const ending = { result: 'commit', nextProducerId",
      },
    ],
  },
]

const root = join(import.meta.dirname, '..', '..')

/** Copies the source with the mistake in it into `folder`; returns the program to start. */
export function plant({ edits }: Bite, folder: string): string {
  mkdirSync(folder, { recursive: true })
  cpSync(join(root, 'src'), join(folder, 'src'), { recursive: true })
  cpSync(join(root, 'package.json'), join(folder, 'package.json'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  for (const edit of edits) {
    const path = join(folder, 'src', edit.file)
    writeFileSync(path, edited(readFileSync(path, 'utf8'), edit))
  }
  return join(folder, 'src', 'cli', 'main.ts')
}
