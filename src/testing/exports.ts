/** What all entries of the test kit export beside a `MockKafka` of their own. */

export type { BrokerOptions } from '../broker/broker-options.ts'
export type { GroupOptions } from '../broker/groups/group-options.ts'
export type { FailableApi } from './error-answers.ts'
export type { MockKafkaOptions } from './mock-kafka-core.ts'
export { StreamDriver } from '../streams/stream-driver.ts'
export type {
  DrivenRecord,
  RestoreOptions,
  SavedEntry,
  SavedState,
  StreamDriverOptions,
} from '../streams/stream-driver.ts'
export { ManualClock } from '../runtime/manual-clock.ts'
