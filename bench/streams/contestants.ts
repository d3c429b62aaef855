/** Who is measured: how its program is started, and how its results are read. */

import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ProgramSettings } from './program.ts'
import { readJava, readJson, type ReadResult } from './results.ts'
import type { WorkloadName } from './workloads.ts'

export interface Contestant {
  readonly name: string
  start(settings: ProgramSettings): ChildProcess
  reader(workload: WorkloadName): ReadResult
}

const here = import.meta.dirname
const javaFolder = join(here, 'java')

const windows = {
  'filter-map': 'none',
  count: 'none',
  tumbling: 'time',
  hopping: 'time',
  session: 'session',
  'stream-join': 'none',
  'table-join': 'none',
  repartitioned: 'none',
} as const satisfies Record<WorkloadName, string>

const uncounted: ReadonlySet<WorkloadName> = new Set(['filter-map', 'stream-join', 'table-join'])

export const ours: Contestant = inNode('kafka.do', 'kafka-do')
export const kafkatsFlow: Contestant = inNode('@kafkats/flow', 'kafkats-flow')
export const kafkaStreams: readonly Contestant[] = [
  inJava('Kafka Streams, RocksDB', 'rocksdb'),
  inJava('Kafka Streams, in memory', 'memory'),
]

function inNode(name: string, program: string): Contestant {
  return {
    name,
    start: (settings) => {
      const file = join(here, `${program}.ts`)
      const flags = ['--no-warnings', ...(process.env['BENCH_NODE_FLAGS']?.split(' ') ?? [])]
      return spawn(process.execPath, [...flags, file, JSON.stringify(settings)], { stdio })
    },
    reader: (workload) => readJson(windows[workload] !== 'none'),
  }
}

function inJava(name: string, stores: string): Contestant {
  return {
    name,
    start: (settings) => {
      const state = mkdtempSync(join(tmpdir(), 'streams-state-'))
      const jars = join(javaFolder, '.cache')
      const classPath = [join(jars, 'streams-bench-1.jar'), join(jars, 'dependency', '*')].join(':')
      const options = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=error', '-cp', classPath]
      const child = spawn('java', [...options, 'StreamsBench'], {
        stdio,
        env: { ...process.env, ...environment(settings), STORES: stores, STATE: state },
      })
      child.once('exit', () => rmSync(state, { recursive: true, force: true }))
      return child
    },
    reader: (workload) => readJava(windows[workload], !uncounted.has(workload)),
  }
}

const stdio: ['ignore', 'ignore', 'inherit'] = ['ignore', 'ignore', 'inherit']

function environment(settings: ProgramSettings): Record<string, string> {
  const { bootstrap, workload, application, isExactlyOnce, ...topics } = settings
  const names = Object.entries(topics).map(([name, topic]) => [name.toUpperCase(), topic])
  return {
    BOOTSTRAP: bootstrap,
    WORKLOAD: workload,
    APPLICATION: application,
    GUARANTEE: isExactlyOnce ? 'exactly_once_v2' : 'at_least_once',
    ...(Object.fromEntries(names) as Record<string, string>),
  }
}

/** Compiles the Java program where that was not done since it was changed. */
export async function buildJava(): Promise<void> {
  const sources = ['pom.xml', 'src/main/java/StreamsBench.java']
  const changedMs = Math.max(...sources.map((file) => statSync(join(javaFolder, file)).mtimeMs))
  const jar = statSync(join(javaFolder, '.cache', 'streams-bench-1.jar'), { throwIfNoEntry: false })
  if (jar && jar.mtimeMs > changedMs) return
  await promisify(execFile)('mvn', ['-B', '-q', '-f', join(javaFolder, 'pom.xml'), 'package'])
}
