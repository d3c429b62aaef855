/**
 * Brings what the client programs need: packages, a virtual environment, builds. Each does nothing
 * where its inputs have not changed since it last succeeded.
 */

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { installApacheKafka } from '../support/apache-kafka/jars.ts'

export const here = import.meta.dirname
export const cache = join(here, '.cache')

/** One kind of client programs: what it needs on the machine, and how its part of `.cache` is made. */
export interface Toolchain {
  /** Commands that must be on the path. */
  readonly commands: readonly string[]
  /** Patterns of the files that `install` depends on, relative to this folder. */
  readonly inputs: readonly string[]
  /** The folder that `install` makes, relative to this one. */
  readonly output: string
  install(): Promise<unknown>
}

/** Thrown where the machine lacks something; says what. */
export class MissingToolchain extends Error {}

const run = promisify(execFile)

/** Runs a command to its end; its output is part of the error where it fails. */
async function command(file: string, args: readonly string[], folder = here): Promise<string> {
  // npm and its like shall run on this Node, which may be newer than the one on the path.
  const path = [dirname(process.execPath), process.env['PATH']].join(delimiter)
  const options = { cwd: folder, env: { ...process.env, PATH: path }, maxBuffer: 64 << 20 }
  try {
    const { stdout, stderr } = await run(file, args, options)
    return stdout + stderr
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    const output = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').slice(-15).join('\n')
    throw new Error(`${file} ${args.join(' ')} failed: ${output}`, { cause: error })
  }
}

export const python = join(cache, 'python', 'bin', 'python')

const copyDependencies = 'org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy-dependencies'

export const toolchains = {
  node: {
    commands: ['npm'],
    inputs: ['node/package.json', 'node/package-lock.json'],
    output: 'node/node_modules',
    install: () => command('npm', ['ci', '--ignore-scripts', '--no-audit'], join(here, 'node')),
  },
  kcat: {
    commands: ['npm', 'bash', 'stdbuf'],
    inputs: ['node/package.json', 'node/package-lock.json'],
    output: 'node/node_modules',
    async install() {
      if (!(await hasCommand('kcat'))) await installDebian('kcat')
      await prepare('node')
    },
  },
  chromium: {
    commands: ['npm'],
    inputs: ['node/package.json', 'node/package-lock.json'],
    output: 'node/node_modules',
    async install() {
      if (!(await hasCommand('chromium'))) await installDebian('chromium')
      await prepare('node')
    },
  },
  python: {
    commands: ['python3'],
    inputs: ['python/requirements.txt'],
    output: '.cache/python',
    async install() {
      await command('python3', ['-m', 'venv', '--clear', join(cache, 'python')])
      const requirements = join(here, 'python', 'requirements.txt')
      await command(python, ['-m', 'pip', 'install', '--only-binary=:all:', '-r', requirements])
    },
  },
  java: {
    commands: ['mvn', 'java'],
    inputs: ['java/pom.xml', 'java/src/**/*.*'],
    output: 'java/target',
    install: () => command('mvn', ['-q', '-B', 'package'], join(here, 'java')),
  },
  streams: {
    commands: ['mvn', 'java'],
    inputs: ['streams/pom.xml', 'streams/src/**/*.*'],
    output: 'streams/target',
    install: () => command('mvn', ['-q', '-B', 'package'], join(here, 'streams')),
  },
  tools: {
    commands: ['mvn', 'java'],
    inputs: ['../support/apache-kafka/pom.xml'],
    output: '../support/apache-kafka/.cache',
    install: async () => void (await installApacheKafka()),
  },
  connect: {
    commands: ['mvn', 'java'],
    inputs: ['connect/pom.xml'],
    output: 'connect/target',
    install: () => command('mvn', ['-q', '-B', copyDependencies], join(here, 'connect')),
  },
  go: {
    commands: ['go'],
    inputs: ['go/go.mod', 'go/go.sum', 'go/**/*.go'],
    output: '.cache/go',
    async install() {
      const clients = ['franz-go', 'kafka-go', 'sarama']
      const scenarios = [
        'admin',
        'metrics',
        'security',
        'franz-go-transactions',
        'sarama-transactions',
      ]
      for (const name of [...clients, ...scenarios]) {
        await command('go', ['build', '-o', join(cache, 'go', name), `./${name}`], join(here, 'go'))
      }
      const suite = ['test', '-c', '-o', join(cache, 'go', 'franz-go-suite')]
      await command('go', [...suite, 'github.com/twmb/franz-go/pkg/kgo'], join(here, 'go'))
    },
  },
} satisfies Record<string, Toolchain>

export type ToolchainName = keyof typeof toolchains

async function installDebian(name: string): Promise<void> {
  if (process.getuid?.() !== 0 || !(await hasCommand('apt-get'))) {
    throw new MissingToolchain(`${name} is not installed (on Debian: apt-get install ${name})`)
  }
  const install = ['install', '-y', '--no-install-recommends', name]
  // The first attempt spares the update, which takes longer than the rest.
  await command('apt-get', install).catch(async () => {
    await command('apt-get', ['update'])
    await command('apt-get', install)
  })
}

async function hasCommand(name: string): Promise<boolean> {
  return await run('sh', ['-c', `command -v ${name}`]).then(
    () => true,
    () => false,
  )
}

/** @throws MissingToolchain where one of them is not on the path */
export async function requireCommands(commands: readonly string[]): Promise<void> {
  for (const needed of commands) {
    if (!(await hasCommand(needed))) throw new MissingToolchain(`${needed} is not installed`)
  }
}

/** Makes a toolchain ready, or throws a `MissingToolchain`, or an error that says what failed. */
export async function prepare(name: ToolchainName): Promise<void> {
  const toolchain: Toolchain = toolchains[name]
  await requireCommands(toolchain.commands)
  const stamp = join(cache, `${name}.stamp`)
  const state = describeInputs(toolchain.inputs)
  const isReady = existsSync(stamp) && existsSync(join(here, toolchain.output))
  if (isReady && readFileSync(stamp, 'utf8') === state) return

  process.stderr.write(`conformance: preparing ${name} …\n`)
  mkdirSync(cache, { recursive: true })
  await toolchain.install()
  writeFileSync(stamp, state)
}

function describeInputs(patterns: readonly string[]): string {
  const hash = createHash('sha256').update(process.version)
  // How things are installed may have changed as well.
  hash.update(readFileSync(import.meta.filename))
  for (const path of globSync(patterns, { cwd: here }).toSorted()) {
    hash.update(`${path}\0`).update(readFileSync(join(here, path)))
  }
  return hash.digest('hex')
}
