/** `kafka.do/testing`: the real broker in memory, for tests. */

export { MockKafka } from './mock-kafka.ts'
export * from './exports.ts'
