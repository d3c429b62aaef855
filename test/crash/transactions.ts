/**
 * Transactions over several partitions, some of them aborted: in the history, one that was never
 * asked to commit is a `fail`, whatever became of it, and nobody may ever see anything of it.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Line, Mop } from '../history/history.ts'
import type { TransactionalProducer } from './driver.ts'
import type { LoadOptions } from './load-options.ts'
import { encodeValue, keyOf, partitionCount } from './records.ts'

const pauseMs = 10
const retryMs = 30

interface PlannedSend {
  readonly partition: number
  readonly ids: readonly string[]
}

export async function transact(options: LoadOptions, proc: string): Promise<void> {
  const { driver, signal } = options
  if (!driver.openTransactions) return
  let producer: TransactionalProducer | undefined
  let sequence = 0
  // The last producer ends what the one before it left open, so that readers get to the end.
  while (!signal.aborted || producer === undefined) {
    try {
      producer ??= await driver.openTransactions(proc)
    } catch {
      // Nothing was sent: the broker is not there, or still ends an older transaction.
      await sleep(retryMs)
      continue
    }
    if (signal.aborted) break
    if (await runOne(options, { proc, producer, sequence: sequence++ })) await sleep(pauseMs)
    else {
      await producer.close().catch(() => 'it is given up anyway')
      producer = undefined
    }
  }
  await producer?.close().catch(() => 'the run is over')
}

/** Returns whether the producer is still good for another one. */
async function runOne(
  { writer, random, onAcknowledged }: LoadOptions,
  { proc, producer, sequence }: { proc: string; producer: TransactionalProducer; sequence: number },
): Promise<boolean> {
  const plan: PlannedSend[] = Array.from({ length: 1 + random.below(3) }, (_, part) => ({
    partition: random.below(partitionCount),
    ids: Array.from({ length: 1 + random.below(3) }, (_, n) => `${proc}:${sequence}:${part}.${n}`),
  }))
  const write = (type: Line['type'], bases: readonly number[] = [], note?: string): void =>
    writer.write({ proc, type, f: 'txn', mops: mopsOf(plan, bases), ...(note ? { note } : {}) })
  const end = random.below(3) === 0 ? 'abort' : 'commit'
  let isCommitAsked = false
  write('invoke')
  try {
    const bases = await producer.run({
      sends: plan.map(({ partition, ids }) => ({
        partition,
        values: ids.map((id) => encodeValue(id, partition, random.below(300))),
      })),
      end,
      onCommit: () => (isCommitAsked = true),
    })
    write(end === 'commit' ? 'ok' : 'fail', bases)
    if (end === 'commit') onAcknowledged(plan.reduce((sum, { ids }) => sum + ids.length, 0))
    return true
  } catch (error) {
    write(isCommitAsked ? 'info' : 'fail', [], String(error))
    return false
  }
}

function mopsOf(plan: readonly PlannedSend[], bases: readonly number[]): Mop[] {
  return plan.flatMap(({ partition, ids }, part) =>
    ids.map((id, n): Mop => {
      const base = bases[part]
      const key = keyOf(partition)
      return base === undefined ? ['send', key, id] : ['send', key, id, base + n]
    }),
  )
}
