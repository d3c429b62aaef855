/** The tables of docs/compatibility.md: a column for each feature, and why a cell is empty. */

import type { PageRow } from './compatibility-page.ts'

type Cells = Readonly<Record<string, PageRow>>

const codecs = ['gzip', 'snappy', 'lz4', 'zstd']
const mechanisms = ['plain', 'scram-sha-256', 'scram-sha-512', 'tls']

/** Why a client does not play a scenario. */
const absences: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  kcat: {
    consumer: 'its librdkafka is older',
    transactions: 'not in kcat',
    admin: 'not in kcat',
  },
  aiokafka: { consumer: 'not in the client' },
  'kafka-python': { consumer: 'not in the client' },
  kafkajs: { consumer: 'not in the client' },
  '@kafkats/client': {
    consumer: 'not in the client',
    transactions: 'not tried',
    admin: 'not tried',
  },
  java: { admin: 'all calls, below' },
  'kafka-go': { consumer: 'not in the client', transactions: 'not in its writer' },
  sarama: { consumer: 'not in the client' },
}

/** Clients whose producers in these scenarios are not idempotent, and why. */
const notIdempotent: Readonly<Record<string, string>> = {
  kcat: 'not by default',
  'kafka-go': 'not in the client',
  kafkajs: 'in transactions',
}

/** What a result is not without. */
const notes: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '@platformatic/kafka': { transactions: ' [1]' },
  'kafka-python': { classic: ' [2]', transactions: ' [2]' },
}

const titles = [
  'client',
  'version',
  'produce, consume',
  'KIP-848 groups',
  'idempotence',
  'transactions',
  'compression',
  'admin',
  'SASL, TLS',
]

/** Returns the lines of the table of clients, and of the table of everything else. */
export function compatibilityTables(rows: readonly PageRow[]): string {
  const byClient = new Map<string, Record<string, PageRow>>()
  for (const row of rows) {
    const cells = byClient.get(row.client) ?? {}
    cells[row.scenario] = row
    byClient.set(row.client, cells)
  }
  const clients = [...byClient].filter(([name, cells]) => isIndependent(name, cells))
  const others = rows.filter(
    ({ client, scenario }) =>
      !clients.some(([name]) => name === client) || otherScenarios.includes(scenario),
  )
  return [
    `| ${titles.join(' | ')} |`,
    `|${' --- |'.repeat(titles.length)}`,
    ...clients.map(([name, cells]) => clientLine(name, cells)),
    '',
    '[1] Read by kafkajs. With `READ_COMMITTED`, @platformatic/kafka knows only one aborted transaction of a producer in a',
    'fetch, and only if its marker is in the same fetch; it hands out the records of other aborted transactions, whichever',
    'broker it reads from.',
    '[2] With 20,000 records.',
    '',
    '| client | version | scenario | result | checked |',
    '| --- | --- | --- | --- | --- |',
    ...others.map(({ client, version, scenario, result, remark }) => {
      const features = result === 'passed' ? remark.split(' ').join(', ') : ''
      return `| ${[client, version, scenario, result, features].join(' | ')} |`
    }),
    '',
  ].join('\n')
}

/** Scenarios that only few clients have. */
const otherScenarios = [
  'admin-calls',
  'connect',
  'metrics',
  'migration',
  'streams',
  'suite',
  'tools',
]

function isIndependent(name: string, cells: Cells): boolean {
  return cells['classic'] !== undefined && !name.startsWith('kafka.do')
}

function clientLine(name: string, cells: Cells): string {
  const { classic, consumer, transactions, admin, security } = cells
  const why = (scenario: string): string => absences[name]?.[scenario] ?? 'not run'
  const result = (scenario: string, row: PageRow | undefined): string =>
    row ? row.result + (notes[name]?.[scenario] ?? '') : why(scenario)
  const features = (row: PageRow | undefined, wanted?: readonly string[]): string => {
    if (!row) return why('security')
    if (row.result !== 'passed') return row.result
    const found = row.remark.split(' ')
    return (wanted ? wanted.filter((feature) => found.includes(feature)) : found).join(', ')
  }
  const line = [
    name,
    classic?.version ?? '',
    result('classic', classic),
    result('consumer', consumer),
    notIdempotent[name] ?? (classic?.result === 'passed' ? 'passed' : ''),
    result('transactions', transactions),
    features(classic, codecs),
    admin ? features(admin) : why('admin'),
    features(security, mechanisms),
  ]
  return `| ${line.join(' | ')} |`
}
