/** The runtimes of JavaScript that the package is tried in, and how each one is brought here. */

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { mustRun } from './run-command.ts'

/** Where programs run: as a process that has files and sockets, in a worker, or in a page. */
export type RuntimeKind = 'process' | 'workerd' | 'chromium'

export interface Runtime {
  /** As in docs/runtimes.md. */
  readonly name: string
  readonly kind: RuntimeKind
  /** Package of npm that brings it, with its version; without one the machine must have it. */
  readonly npmPackage?: string
  /** Platforms that the package exists for. */
  readonly platforms: readonly string[]
  /** The command that runs a file, once `folder` has the package. */
  command(folder: string): readonly [string, ...string[]]
  /** What is added to the command, and taken from it, to leave a program what a client needs. */
  readonly restricted?: { readonly add: readonly string[]; readonly remove?: readonly string[] }
}

const cache = join(import.meta.dirname, '.cache')
const usual = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'] as const

function nodeOf(version: string): Runtime {
  const [major] = version.split('.')
  return {
    name: `Node ${major}`,
    kind: 'process',
    npmPackage: `node@${version}`,
    platforms: usual,
    command: (folder) => [join(folder, 'node_modules', 'node', 'bin', 'node')],
    restricted: {
      // Older versions have no leave for the network, and let everybody have it.
      add: ['--permission', '--allow-fs-read=*', ...(Number(major) > 24 ? ['--allow-net'] : [])],
    },
  }
}

const inBin = (folder: string, name: string): string => join(folder, 'node_modules', '.bin', name)

export const runtimes: readonly Runtime[] = [
  nodeOf('22.23.3'),
  nodeOf('24.21.0'),
  nodeOf('26.10.0'),
  {
    name: 'Bun',
    kind: 'process',
    npmPackage: 'bun@1.4.5',
    platforms: usual,
    command: (folder) => [inBin(folder, 'bun')],
  },
  {
    name: 'Deno',
    kind: 'process',
    npmPackage: 'deno@2.9.6',
    platforms: usual,
    command: (folder) => [inBin(folder, 'deno'), 'run', '--no-prompt', '--allow-all'],
    restricted: { add: ['--allow-net'], remove: ['--allow-all'] },
  },
  {
    name: 'workerd',
    kind: 'workerd',
    npmPackage: 'workerd@1.20261117.1',
    platforms: usual,
    command: (folder) => [inBin(folder, 'workerd'), 'serve'],
  },
  {
    name: 'Chromium',
    kind: 'chromium',
    platforms: ['linux-x64', 'linux-arm64'],
    command: () => [process.env['CHROMIUM'] ?? '/usr/bin/chromium'],
  },
]

/** Thrown where a runtime cannot be had here; says why. */
export class MissingRuntime extends Error {
  /** Whether nobody could have it on this platform. */
  readonly isImpossible: boolean

  constructor(message: string, options: ErrorOptions & { readonly isImpossible?: boolean } = {}) {
    super(message, options)
    this.isImpossible = options.isImpossible ?? false
  }
}

/** Returns the command that runs a file in `runtime`; installs it first. @throws MissingRuntime */
export async function bring(runtime: Runtime): Promise<readonly [string, ...string[]]> {
  const { name, npmPackage } = runtime
  const platform = `${process.platform}-${process.arch}`
  if (!runtime.platforms.includes(platform)) {
    throw new MissingRuntime(`${name} is not made for ${platform}`, { isImpossible: true })
  }
  const folder = join(cache, name.toLowerCase().replace(' ', '-'))
  const command = runtime.command(folder)
  if (npmPackage !== undefined) await install(folder, npmPackage, command[0])
  if (!existsSync(command[0])) throw new MissingRuntime(`there is no ${command[0]}`)
  return command
}

async function install(folder: string, npmPackage: string, program: string): Promise<void> {
  const stamp = join(folder, 'installed')
  const state = createHash('sha256').update(`${npmPackage} ${process.platform}`).digest('hex')
  const isThere = existsSync(stamp) && readFileSync(stamp, 'utf8') === state
  if (isThere && existsSync(program)) return
  mkdirSync(folder, { recursive: true })
  const [packageName] = npmPackage.split('@') as [string]
  // The package fetches or links its program in an install script.
  const manifest = { private: true, allowScripts: { [packageName]: true } }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  process.stderr.write(`runtimes: installing ${npmPackage} …\n`)
  try {
    await npm(['install', npmPackage, '--save-exact'], folder)
  } catch (error) {
    throw new MissingRuntime(`npm could not install ${npmPackage}`, { cause: error })
  }
  writeFileSync(stamp, state)
}

/** Runs npm on this Node, which may be newer than the one on the path. */
export function npm(args: readonly string[], folder: string): Promise<string> {
  const path = [dirname(process.execPath), process.env['PATH']].join(delimiter)
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
  const options = { folder, env: { ...process.env, PATH: path }, timeoutMs: 300_000 }
  return mustRun(['npm', ...args, ...quiet], options)
}
