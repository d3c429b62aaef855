/**
 * Changes that can be made only once, as to create a topic. One that is answered with an error that
 * may pass is made again: a controller that has lost its place says so, and what it had decided may
 * be in force all the same. To hear then that it is done already does not say by whom.
 */

import type { ErrorName } from '../../protocol/error-codes.ts'
import type { Attempt, Cluster } from '../cluster/cluster.ts'
import type { Task } from '../cluster/task.ts'
import { doubtful, KafkaError } from '../failure/errors.ts'

/** As `cluster.run`; `done` says that it is done already. */
export async function onlyOnce(
  cluster: Cluster,
  task: Omit<Task, 'target'>,
  done: ErrorName,
  change: (attempt: Attempt) => Promise<void>,
): Promise<void> {
  let attempts = 0
  try {
    await cluster.run({ ...task, target: 'controller', isRepeatable: false }, (attempt) => {
      attempts++
      return change(attempt)
    })
  } catch (error) {
    const isOurs = attempts > 1 && KafkaError.is(error) && error.kafkaName === done
    throw isOurs ? doubtful(error) : error
  }
}
