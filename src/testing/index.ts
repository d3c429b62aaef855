/** `kafka.do/testing`: the real broker in memory, for tests. */

export { MockKafka, type MockKafkaOptions } from './mock-kafka.ts'
export { ManualClock } from '../runtime/manual-clock.ts'
