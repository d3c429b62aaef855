/** `KafkaRecordContext`: what a handler of a message gets with `@Ctx()`. */

import { BaseRpcContext } from '@nestjs/microservices'
import type { KafkaRecord } from '../client/record/kafka-record.ts'
import type { HandlerContext } from '../client/consumer/process-options.ts'

/** What a handler of a message gets with `@Ctx()`. */
export class KafkaRecordContext extends BaseRpcContext<
  [record: KafkaRecord, context: HandlerContext]
> {
  /** The record, with its key, headers and timestamp. */
  getRecord<Value = unknown>(): KafkaRecord<Value> {
    return this.args[0] as KafkaRecord<Value>
  }

  /** The topic of the record. */
  getTopic(): string {
    return this.args[0].topic
  }

  /** The partition of the record, from 0. */
  getPartition(): number {
    return this.args[0].partition
  }

  /** 1 for the first attempt at this record. */
  getAttempt(): number {
    return this.args[1].attempt
  }

  /** Aborted when the time for the record is up, and when the service is to stop. */
  getSignal(): AbortSignal {
    return this.args[1].signal
  }
}
