/** The cases in `test/fixtures/streams`: what Kafka Streams made of 270 inputs. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CaseOperation } from './case-topology.ts'

export type Output = readonly [key: string, value: string | null, timestamp: number]

export type Input = readonly [
  topic: string,
  key: string | null,
  value: string | null,
  timestamp: number,
]

export interface Case {
  readonly name: string
  readonly operation: CaseOperation
  /** What goes in, `[topic, key, value, timestamp]`, and what comes of it. */
  readonly steps: readonly [Input, Output[]][]
}

export function kafkaStreamsCases(): Case[] {
  const file = join(import.meta.dirname, '../fixtures/streams/kafka-streams.jsonl')
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line) as Case)
}
