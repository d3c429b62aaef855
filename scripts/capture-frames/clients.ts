/** The clients whose frames are captured: how each is installed or built, and how it is run. */

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const home = import.meta.dirname
const cache = join(home, '.cache')
const install = ['install', '--quiet', '--upgrade', '--target']

export interface CapturedClient {
  /** Also the name of its fixture file. */
  readonly name: string
  /** Installs or builds what `command` needs. */
  prepare(): Promise<unknown>
  /** A program that prints the client's version as its first line, then uses the client. */
  readonly command: readonly [program: string, ...args: string[]]
  readonly env?: Readonly<Record<string, string>>
}

export const capturedClients: readonly CapturedClient[] = [
  {
    name: 'java',
    prepare: () =>
      run('mvn', ['-q', '-B', 'package', 'dependency:copy-dependencies'], {
        cwd: join(home, 'java'),
      }),
    command: [
      'java',
      '-cp',
      [join(cache, 'java/classes'), join(cache, 'java/dependency/*')].join(':'),
      'Capture',
    ],
  },
  {
    name: 'librdkafka',
    prepare: () =>
      run('python3', ['-m', 'pip', ...install, join(cache, 'python'), 'confluent-kafka==2.16.1']),
    command: ['python3', join(home, 'librdkafka.py')],
    env: { PYTHONPATH: join(cache, 'python') },
  },
  {
    name: 'franz-go',
    prepare: () =>
      run('go', ['build', '-o', join(cache, 'go/franz-go'), '.'], { cwd: join(home, 'go') }),
    command: [join(cache, 'go/franz-go')],
  },
  {
    name: 'kafkajs',
    prepare: async () => {},
    command: [process.execPath, join(home, 'kafkajs.ts')],
  },
  {
    name: 'platformatic',
    prepare: async () => {},
    command: [process.execPath, join(home, 'platformatic.ts')],
  },
]
