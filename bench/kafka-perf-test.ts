/** Runs Apache Kafka's own performance tools and reads what they print. */

import { apacheKafkaTool } from '../test/support/apache-kafka.ts'

/** Kafka's tools say MB and mean 2^20 bytes; here MB is 10^6 bytes throughout. */
export interface Throughput {
  readonly recordsPerSecond: number
  readonly megabytesPerSecond: number
}

export interface ProduceResult extends Throughput {
  /** From `send` to the acknowledgement, so at full speed mostly time in the producer's buffer. */
  readonly p50Ms: number
  readonly p99Ms: number
}

export interface ProduceTest {
  readonly bootstrap: string
  readonly topic: string
  /** All records, of which the first `warmupCount` are sent but not measured. */
  readonly recordCount: number
  readonly warmupCount: number
  readonly recordBytes: number
  /** @default as many as possible */
  readonly recordsPerSecond?: number
}

function runTool(
  name: string,
  options: Readonly<Record<string, string | number>>,
): Promise<string> {
  const args = Object.entries(options).flatMap(([option, value]) => [`--${option}`, String(value)])
  return apacheKafkaTool(`org.apache.kafka.tools.${name}`, args)
}

/** `kafka-producer-perf-test` with the producer's defaults: acks=all, idempotent, 16 KiB batches. */
export async function runProducerPerformance(test: ProduceTest): Promise<ProduceResult> {
  const output = await runTool('ProducerPerformance', {
    'bootstrap-server': test.bootstrap,
    topic: test.topic,
    'num-records': test.recordCount,
    'warmup-records': test.warmupCount,
    'record-size': test.recordBytes,
    throughput: test.recordsPerSecond ?? -1,
    'command-property': 'acks=all',
  })
  return parseProducerPerformance(output, test.recordBytes)
}

/** @throws Error where the tool did not get as far as its summary */
export function parseProducerPerformance(output: string, recordBytes: number): ProduceResult {
  const summary =
    /^\d+ steady state records sent, ([\d.]+) records\/sec .* (\d+) ms 50th,.* (\d+) ms 99th,/m
  const [, rate, p50, p99] = summary.exec(output) ?? []
  if (rate === undefined) throw new Error(`ProducerPerformance gave no summary:\n${output}`)
  const recordsPerSecond = Number(rate)
  return {
    recordsPerSecond,
    megabytesPerSecond: (recordsPerSecond * recordBytes) / 1e6,
    p50Ms: Number(p50),
    p99Ms: Number(p99),
  }
}

export interface ConsumeTest {
  readonly bootstrap: string
  readonly topic: string
  readonly recordCount: number
  readonly recordBytes: number
}

/** `kafka-consumer-perf-test` from the earliest record, in a group of its own. */
export async function runConsumerPerformance(test: ConsumeTest): Promise<Throughput> {
  const output = await runTool('ConsumerPerformance', {
    'bootstrap-server': test.bootstrap,
    topic: test.topic,
    'num-records': test.recordCount,
  })
  return parseConsumerPerformance(output, test)
}

/**
 * Takes the rate without the time that the group took to form.
 *
 * @throws Error where the tool gave up before it had all records
 */
export function parseConsumerPerformance(
  output: string,
  { recordCount, recordBytes }: Pick<ConsumeTest, 'recordCount' | 'recordBytes'>,
): Throughput {
  const fields = /^\d{4}-\d\d-\d\d .*$/m.exec(output)?.[0].split(', ')
  const [consumedCount, rate] = [Number(fields?.[4]), Number(fields?.[9])]
  if (!(consumedCount >= recordCount) || !(rate > 0)) {
    throw new Error(`ConsumerPerformance did not get ${recordCount} records:\n${output}`)
  }
  return { recordsPerSecond: rate, megabytesPerSecond: (rate * recordBytes) / 1e6 }
}
