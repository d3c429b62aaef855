/** Writes docs/compatibility.md from what each client last did with each scenario. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clients } from './clients.ts'
import { compatibilityTables } from './compatibility-table.ts'
import { cache } from './toolchains.ts'

export interface PageRow {
  readonly client: string
  readonly version: string
  readonly scenario: string
  readonly result: string
  /** Features that the program has checked, separated by spaces. */
  readonly remark: string
}

const path = join(import.meta.dirname, '..', '..', 'docs', 'compatibility.md')

/** The last result of each client with each scenario; a run of some clients keeps those of others. */
const rowsFile = join(cache, 'rows.json')

function keptRows(): PageRow[] {
  return existsSync(rowsFile) ? (JSON.parse(readFileSync(rowsFile, 'utf8')) as PageRow[]) : []
}

export function keepRows(added: readonly PageRow[]): void {
  const isReplaced = ({ client, scenario }: PageRow): boolean =>
    added.some((row) => row.client === client && row.scenario === scenario)
  const rows = [...keptRows().filter((row) => !isReplaced(row)), ...added]
  writeFileSync(rowsFile, JSON.stringify(rows, null, 1))
}

export function writeCompatibilityPage(): void {
  const rows = keptRows()
  // In the order of the clients, and of their scenarios; what there is no more is left out.
  const listed = clients.flatMap(({ name, programs }) =>
    Object.keys(programs).flatMap((scenario) =>
      rows.filter((row) => row.client === name && row.scenario === scenario),
    ),
  )
  writeFileSync(path, `${head}${compatibilityTables(listed)}${tail}`)
}

const head = `# Compatibility

\`npm run test:conformance -- --update-docs\` writes this page from the last run of each client with each scenario. Each client
below, unmodified, created a topic of 4 partitions on the broker of this repository, produced 100,000 records and consumed
them in a group of two members, with a rebalance in the middle. Every record arrived once, in order in its partition. The
other scenarios:

- \`transactions\`: copied 100,000 records from topic to topic exactly once, while transactions were aborted and the copier was
  replaced in the middle.
- \`migration\`: moved a group from the classic protocol to KIP-848 and back, member by member; nothing was lost or read twice.
- \`streams\`: a word count and a windowed join, exactly once, with a crash in the middle.
- \`connect\`: copied a file into a topic and out of it, with a restart in the middle.
- \`suite\`: all tests that the client has for itself.
- \`tools\`: Apache Kafka's command-line tools.
- \`metrics\`: what \`/metrics\` shows, read by the parser and the linter of Prometheus.
- \`admin-calls\`: every call of Kafka's \`Admin\` that one broker can serve, valid and invalid, compared with Apache Kafka
  4.3.1.

The column \`admin\` lists what the client's own administrator did, with each step checked. SASL was tried with and without
TLS, and with a wrong password. \`idempotence\` means that the client's producers in these scenarios were idempotent.
[test/conformance](../test/conformance) has the programs.

`

const tail = `
\`classic\` is the group protocol of all Kafka versions; \`consumer\` is that of KIP-848, in which the server assigns partitions.
\`transactions\` of Java and franz-go follow KIP-890, those of the other clients the protocol before it.

## Differences from Apache Kafka

[differences.md](differences.md), which a test writes, lists differences in single answers. These go further:

- There is one broker: the replication factor is 1, and \`__consumer_offsets\` has one partition.
- Features (\`metadata.version\` and others) are at the levels of Kafka 4.3, and cannot be lowered.
- The only broker configs that can change at run time are the defaults of topics; all others, also unknown ones, are refused.
  Groups have \`consumer.session.timeout.ms\` and \`consumer.heartbeat.interval.ms\`.
- An address in a quota must be numeric: names are not looked up.
- The end of a transaction is answered only when all its partitions know of it.
- Fetch sessions (KIP-227) are answered with session 0, so clients send whole fetch requests.
- With \`flush: ack\`, the default, the high watermark is what was synced to disk, for \`acks=1\` as well. \`ListOffsets\` and
  \`DeleteRecords\` wait for the records that are there when they come.
- The heartbeat interval of KIP-848 groups is 500 ms (Kafka: 5 s), and the initial rebalance delay 100 ms (Kafka: 3 s), so
  that small groups are quick.
- A member of a KIP-848 group whose heartbeat gets no answer goes on where it was. (Members with librdkafka give up waiting
  after a second at our interval.) The broker repeats the assignment until the member has it, and accepts the member's
  previous epoch. Kafka sends the assignment once, and makes the member start anew.
- The offsets of a KIP-848 group are kept for the retention time from when its last member left, as those of a classic group
  are. Kafka counts from the commit.
- A static member of a classic group that comes back with other topics starts a rebalance. In Kafka, nobody is assigned the
  new ones.
- Topic configs answer as in Apache Kafka 4.3.1 (a test compares several hundred requests), with these exceptions:
  - \`segment.bytes\` may be less than 1 MiB.
  - \`retention.bytes\` below -1 and \`NaN\` are refused, since they are mistakes.
  - An unknown operation is an invalid request, not an internal error.
  - The configs of remote storage are unknown.
  - \`min.insync.replicas\` is a default, where Kafka 4 sets it for the cluster.
- This broker serves a data folder of Apache Kafka byte for byte, and Apache Kafka serves one of this broker. A segment that
  is not full may have no index files after a stop; both brokers rebuild them. Of the topics for offsets and transactions, only the
  first partition is read (\`offsets.topic.num.partitions=1\`); a warning names the others. Of the cluster metadata, the log
  is read, but not its snapshots: topics that are only in a snapshot get default configs, and are kept for ever.
`

if (import.meta.main) writeCompatibilityPage()
