/** `kafka.do/testing` for browsers and Workers: the real broker in memory, for tests. */

export { MockKafka } from './mock-kafka-web.ts'
export * from './exports.ts'
