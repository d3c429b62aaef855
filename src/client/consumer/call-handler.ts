/** The one place where what the program does with a record is called. */

import type { KafkaRecord } from '../record/kafka-record.ts'
import type { ConsumerCore } from './consumer-core.ts'

/** Calls `handler`, by way of instrumentation where there is some. */
export function callHandler<Value, Key>(
  core: ConsumerCore<Value, Key>,
  record: KafkaRecord<Value, Key>,
  handler: (record: KafkaRecord<Value, Key>) => unknown,
  attempt = 1,
): unknown {
  const { observer } = core.cluster.options
  if (!observer) return handler(record)
  const call = { record, group: core.group?.current().group, attempt }
  return import('./observed-handler.ts').then(({ observe }) =>
    observe(observer, call, () => handler(record)),
  )
}
