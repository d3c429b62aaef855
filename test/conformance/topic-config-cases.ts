/** The requests of topic-configs.ts: every config with values of all sorts, through every API. */

import { logConfigEntries } from '../../src/log/log-config.ts'

export interface ConfigCase {
  readonly request: 'create' | 'alter' | 'increment'
  readonly resourceType?: number
  readonly resourceName?: string
  readonly validateOnly?: boolean
  readonly configs: readonly {
    readonly name: string
    readonly value: string | null
    /** Of IncrementalAlterConfigs: 0 set, 1 delete, 2 append, 3 subtract. */
    readonly operation?: number
  }[]
}

const values: Readonly<Record<string, readonly (string | null)[]>> = {
  boolean: ['true', 'false', 'TRUE', ' true ', 'yes', '', '1', null],
  double: ['0', '1', '0.5', '1.01', '-0.1', 'NaN', 'x', '', ' 0.25 ', '5e-1'],
  int: ['-2', '-1', '0', '1', '2', '13', '14', ' 100 ', '2147483647', '2147483648', '1.5', 'x', ''],
  long: ['-2', '-1', '0', '1', '9223372036854775807', '9223372036854775808', '+5', '1e3', 'x', ''],
}

const choices: Readonly<Record<string, readonly (string | null)[]>> = {
  'cleanup.policy': [
    'delete',
    'compact',
    'compact,delete',
    'delete,compact',
    ' compact , delete ',
    'none',
    '',
    'delete,',
    'delete,delete',
    'DELETE',
    null,
  ],
  'compression.type': ['producer', 'gzip', 'zstd', 'uncompressed', 'none', 'GZIP', '', null],
  'message.timestamp.type': ['CreateTime', 'LogAppendTime', 'createtime', '', 'x'],
}

const otherNames = ['no.such.config', '', 'message.format.version', 'follower.x', 'Retention.ms']

export function configCases(): ConfigCase[] {
  const cases: ConfigCase[] = []
  let topics = 0
  for (const { name, type } of logConfigEntries.values()) {
    for (const value of choices[name] ?? values[type] ?? ['x']) {
      const configs = [{ name, value }]
      cases.push({ request: 'increment', configs })
      cases.push({ request: 'alter', configs, validateOnly: true })
      cases.push({ request: 'create', resourceName: `t${topics++}`, configs, validateOnly: true })
    }
    for (const operation of [2, 3, 1, 1, 4]) {
      cases.push({ request: 'increment', configs: [{ name, value: 'delete', operation }] })
    }
    cases.push({ request: 'alter', configs: [{ name, value: '1' }] })
    cases.push({ request: 'increment', configs: [{ name, value: null, operation: 0 }] })
  }
  for (const name of otherNames) {
    const configs = [{ name, value: '1' }]
    cases.push({ request: 'create', resourceName: `t${topics++}`, configs })
    cases.push({ request: 'alter', configs })
    for (const operation of [0, 1, 2]) {
      cases.push({ request: 'increment', configs: [{ name, value: '1', operation }] })
    }
  }
  return [...cases, ...pairs()]
}

/** Several configs in one request, some of which do not go together. */
function pairs(): ConfigCase[] {
  const combinations: readonly (readonly [string, string][])[] = [
    [
      ['retention.ms', '1000'],
      ['retention.bytes', 'x'],
    ],
    [
      ['retention.ms', '1000'],
      ['retention.ms', '2000'],
    ],
    [
      ['min.compaction.lag.ms', '100'],
      ['max.compaction.lag.ms', '50'],
    ],
    [
      ['segment.ms', '1000'],
      ['segment.jitter.ms', '2000'],
    ],
    [
      ['cleanup.policy', 'compact'],
      ['delete.retention.ms', '0'],
    ],
  ]
  const policy = (value: string, operation: number): ConfigCase => {
    return { request: 'increment', configs: [{ name: 'cleanup.policy', value, operation }] }
  }
  return [
    ...combinations.flatMap((combination, at): ConfigCase[] => {
      const configs = combination.map(([name, value]) => ({ name, value }))
      const resourceName = `pair${at}`
      return [
        { request: 'create', resourceName, configs, validateOnly: true },
        { request: 'alter', configs },
        { request: 'increment', configs },
      ]
    }),
    policy('compact', 0),
    policy('delete', 2),
    policy('delete', 2),
    policy('compact', 3),
    policy('delete', 3),
    policy('delete', 2),
    { request: 'alter', configs: [] },
  ]
}
