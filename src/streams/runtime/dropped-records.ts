/** What becomes of records that go no further: those that drop out, and those that fail. */

import { deadLetterHeaders } from '../../client/consumer/dead-letters.ts'
import type { Logger } from '../../runtime/runtime.ts'
import type { DroppedRecord } from '../dsl/run-options.ts'
import type { RunSettings } from '../dsl/run-settings.ts'
import type { FailedInput } from './running-task.ts'
import type { StreamMeter } from './stream-meter.ts'
import type { StreamOutput } from './stream-output.ts'

type RunFacts = Pick<RunSettings, 'name' | 'onDrop' | 'onError' | 'deadLetter'>

export interface DroppedRecordsOptions extends RunFacts {
  readonly meter: StreamMeter
}

export class DroppedRecords {
  readonly #options: DroppedRecordsOptions
  readonly #output: StreamOutput
  readonly #logger: Logger

  constructor(options: DroppedRecordsOptions, output: StreamOutput, logger: Logger) {
    this.#options = options
    this.#output = output
    this.#logger = logger
  }

  /** Tells of a record that is not needed, or has come too late. */
  dropped(record: DroppedRecord): void {
    const { reason, step, timestamp, streamTime, window } = record
    const { onDrop, meter } = this.#options
    meter.dropped(step, reason)
    onDrop?.(record)
    this.#logger.debug('a record was dropped', { reason, step, timestamp, streamTime, ...window })
  }

  /** Returns whether to go on with the next record. */
  failed({ record, ...failed }: FailedInput): boolean {
    const { onError, deadLetter, name, meter } = this.#options
    const choice = onError?.(failed) ?? (deadLetter === undefined ? 'fail' : 'skip')
    if (choice === 'fail') return false
    const { topic, partition, offset, error } = failed
    const facts = { name, topic, partition, offset, error: error.message }
    this.#logger.warn('a record was skipped', facts)
    meter.skipped()
    if (deadLetter !== undefined && record) {
      const { key, value, timestamp } = record
      const pairs = deadLetterHeaders({ topic, partition, offset }, error)
      const headers = pairs.map(([name, value]) => ({ key: name, value }))
      this.#output.write({ topic: deadLetter, key, value, timestamp, headers })
    }
    return true
  }
}
