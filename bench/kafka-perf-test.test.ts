import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseConsumerPerformance, parseProducerPerformance } from './kafka-perf-test.ts'

// Both as Apache Kafka 4.3.1 printed them.
const produced = `Warmup first 100000 records. Steady state results will print after the complete test summary.
200000 records sent, 36920.804874 records/sec (36.06 MB/sec), 698.10 ms avg latency, 1290.00 ms max latency, 629 ms 50th, 1172 ms 95th, 1269 ms 99th, 1285 ms 99.9th.
100000 steady state records sent, 41580.041580 records/sec (40.61 MB/sec), 557.23 ms avg latency, 656.00 ms max latency, 568 ms 50th, 641 ms 95th, 649 ms 99th, 654 ms 99.9th.
`
const consumed = `2026-11-21 05:58:20:770, 2026-11-21 05:58:21:838, 195.3135, 182.8778, 200001, 187266.8539, 325, 743, 262.8714, 269180.3499
`

test('parseProducerPerformance() takes the steady state, in MB of 10^6 bytes', () => {
  assert.deepEqual(parseProducerPerformance(produced, 1024), {
    recordsPerSecond: 41_580.041_58,
    megabytesPerSecond: (41_580.041_58 * 1024) / 1e6,
    p50Ms: 568,
    p99Ms: 649,
  })
})

test('parseProducerPerformance() refuses the output of a tool that failed', () => {
  assert.throws(
    () => parseProducerPerformance('org.apache.kafka.TimeoutException', 1024),
    /gave no/,
  )
})

test('parseConsumerPerformance() takes the rate of fetching, without the joining', () => {
  const result = parseConsumerPerformance(consumed, { recordCount: 200_000, recordBytes: 1000 })
  assert.deepEqual(result, {
    recordsPerSecond: 269_180.3499,
    megabytesPerSecond: (269_180.3499 * 1000) / 1e6,
  })
})

test('parseConsumerPerformance() refuses a result of fewer records', () => {
  assert.throws(
    () => parseConsumerPerformance(consumed, { recordCount: 200_002, recordBytes: 1000 }),
    /did not get 200002 records/,
  )
})
