/** Runs an example as a program: with the broker that `KAFKA_DO_URL` names, else one in memory. */

import { Kafka } from '../src/index-node.ts'

export type Example = (kafka: Kafka) => Promise<unknown>

export async function run(example: Example): Promise<void> {
  const url = process.env['KAFKA_DO_URL'] ?? 'memory:'
  await using kafka = new Kafka({ url })
  console.log(await example(kafka))
}
