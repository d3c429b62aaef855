/** What became of each step in each runtime, and the table that docs/runtimes.md shows of it. */

export interface Outcome {
  /** How the program was connected; `server` for what is done with the broker itself. */
  readonly connection: string
  readonly step: string
  readonly result: 'passed' | 'failed' | 'absent'
  /** Why it failed, or what was found. */
  readonly detail: unknown
  readonly tookMs: number
}

/** Reads the lines of JSON that a program prints. */
export function parseOutcomes(stdout: string): Outcome[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Outcome)
}

interface Column {
  readonly title: string
  /** Returns what the cell says, or `undefined` where nothing of it was tried. */
  cell(outcomes: readonly Outcome[]): string | undefined
}

/** Steps that have a column of their own, since not every entry of the package offers them. */
const stepColumns = new Set(['streams', 'codecs'])

/** A column for connections: says `yes` where every step passed on each of them. */
function connected(title: string, ...connections: readonly string[]): Column {
  return {
    title,
    cell: (all) =>
      verdict(
        all.filter(
          ({ connection, step }) => connections.includes(connection) && !stepColumns.has(step),
        ),
      ),
  }
}

function verdict(outcomes: readonly Outcome[]): string | undefined {
  if (outcomes.length === 0) return undefined
  return outcomes.every(({ result }) => result === 'passed') ? 'yes' : 'no'
}

const columns: readonly Column[] = [
  connected('`http://`', 'websocket'),
  connected('`https://`', 'secure websocket'),
  connected('`kafka://`', 'tcp'),
  connected('`kafkas://`', 'tls'),
  connected('`memory:`, `file:`', 'memory', 'file'),
  connected('`MockKafka`', 'mock'),
  {
    title: 'streams',
    cell(all) {
      const tried = all.filter(({ step }) => step === 'streams')
      // Where `kafka.do` leaves them out, another entry has them.
      const own = tried.filter(({ connection }) => connection.startsWith('streams'))
      return own.length > 0 ? `${verdict(own)}, \`kafka.do/streams\`` : verdict(tried)
    },
  },
  {
    title: 'compression',
    cell(all) {
      const offered = all
        .filter(({ step, result }) => step === 'codecs' && result === 'passed')
        .map(({ detail }) => detail)
      return offered.length === 0 ? undefined : [...new Set(offered.flat())].join(', ')
    },
  },
  connected('broker, command line', 'server'),
]

export function runtimesTable(rows: readonly (readonly [string, readonly Outcome[]])[]): string {
  const lines = rows.map(([name, outcomes]) => [
    name,
    ...columns.map((column) => column.cell(outcomes) ?? '–'),
  ])
  const head = ['runtime', ...columns.map(({ title }) => title)]
  const rule = head.map(() => '---')
  return [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}
