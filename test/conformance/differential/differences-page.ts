/** docs/differences.md, which is written from the list of differences. */

import { join } from 'node:path'
import { listedDifferences } from './differences.ts'

export const pageFile = join(import.meta.dirname, '../../../docs/differences.md')

const head = `# Differences from Apache Kafka

A test sends thousands of requests, right ones and wrong ones, of every API in every version to this broker and to
Apache Kafka 4.3.1, and compares the answers: \`npm run test:format\`. They are the same but for what is listed here.
A listed difference that is none any more fails the test.

| API | difference |
| --- | --- |
`

export function differencesPage(): string {
  const rows = new Set(
    listedDifferences.map(({ api = 'several', reason }) => `| ${api} | ${reason} |\n`),
  )
  return head + [...rows].toSorted().join('')
}
