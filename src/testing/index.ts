/** `kafka.do/testing`: the real broker in memory, for tests. */

export type { FailableApi } from './error-answers.ts'
export { MockKafka, type MockKafkaOptions } from './mock-kafka.ts'
export { StreamDriver } from '../streams/stream-driver.ts'
export type { DrivenRecord } from '../streams/stream-driver.ts'
export { ManualClock } from '../runtime/manual-clock.ts'
