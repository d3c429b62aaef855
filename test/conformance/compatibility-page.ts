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

Written by \`npm run test:conformance -- --update-docs\`, from what each client last did with each scenario. Each of these clients, unmodified, created a topic of
4 partitions, produced 100,000 records and consumed them in a group of two members with a rebalance in the middle,
against the broker of this repository: every record came once, in order in its partition.
Where it says \`transactions\`, it copied 100,000 records from topic to topic exactly once, with transactions that were
aborted and a copier that was replaced in the middle; \`migration\` rolled a group from the classic protocol to KIP-848 and
back, member by member, with nothing lost or read twice; \`streams\` is a word count and a windowed join, exactly once, with
a crash in the middle; \`connect\` copied a file into a topic and out of it, with a restart in the middle; \`suite\` are
all tests that the client has for itself; \`tools\` are Apache Kafka's command-line tools;
\`admin-calls\` is every call of Kafka's \`Admin\` that one broker can serve, right and wrong, held against Apache Kafka 4.3.1.
[test/conformance](../test/conformance) has the programs.

The column \`admin\` says what was done with the client's own administrator, each step checked. SASL was tried with and
without TLS, and with a wrong password. \`idempotence\` is that the client's producers in these scenarios were idempotent.

`

const tail = `
\`classic\` is the group protocol of all Kafka versions, \`consumer\` the one of KIP-848, with assignment by the server;
\`transactions\` of Java and franz-go are those of KIP-890, of the others those before.

## Differences from Apache Kafka

Those in single answers are in [differences.md](differences.md), from a test; these are about more.

- One broker: replication factor 1; \`__consumer_offsets\` has one partition.
- Features (\`metadata.version\` and others) have the levels of Kafka 4.3, and no others: they cannot be lowered.
- Configs of brokers that can change while they run are the defaults of topics; others, unknown ones too, are refused. Groups
  have \`consumer.session.timeout.ms\` and \`consumer.heartbeat.interval.ms\`.
- An address in a quota is one that is written in digits: names are not looked up.
- The end of a transaction is answered when all partitions know of it, not before.
- Fetch sessions (KIP-227) are answered with session 0: clients send whole fetch requests.
- With \`flush: ack\`, the default, the high watermark is what was synced to disk, for \`acks=1\` as well.
- The heartbeat interval of KIP-848 groups is 500 ms (Kafka: 5 s), the initial rebalance delay 100 ms (Kafka: 3 s), so
  that small groups are quick.
- A member of a KIP-848 group that does not get an answer, as those of librdkafka after a second at our interval, goes on
  where it was: it is told its assignment until it has it, and may come with the epoch before. Kafka tells it once,
  and has it begin anew.
- Configs of topics answer as in Apache Kafka 4.3.1 (a test compares several hundred requests), but: \`segment.bytes\` may be
  less than 1 MiB; \`retention.bytes\` below -1, \`NaN\` and taking back a config that there is not are refused, since they
  are mistakes; an unknown operation is an invalid request, not an internal error; the configs of remote storage are
  unknown; \`min.insync.replicas\` is a default, where Kafka 4 sets it for the cluster.
- A data folder of Apache Kafka is served byte for byte, and the other way round. A segment that is not full may have no
  index files after a stop; both brokers make them again.
`

if (import.meta.main) writeCompatibilityPage()
