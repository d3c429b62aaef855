/**
 * node-rdkafka, which is compiled where it is installed: into `bench/.cache`, once, which takes some
 * minutes, a compiler and Python. It is compiled for the Node that `npm` runs in, and so run by that
 * one.
 */

import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const version = '3.6.1'
const cache = join(import.meta.dirname, '.cache')

/** How a program is run that finds it. */
export interface RdkafkaNode {
  readonly command: string
  readonly env: Readonly<Record<string, string>>
}

/** Installs and compiles what is missing. @throws Error where it cannot be compiled here */
export async function installRdkafka(progress: (message: string) => void): Promise<RdkafkaNode> {
  const folder = join(cache, `node-rdkafka-${version}`)
  if (!existsSync(folder)) {
    progress(`compiling node-rdkafka ${version}, which takes some minutes`)
    const partial = `${folder}.${process.pid}`
    mkdirSync(partial, { recursive: true })
    writeFileSync(join(partial, 'package.json'), '{ "private": true }')
    try {
      await promisify(execFile)('npm', ['install', `node-rdkafka@${version}`], {
        cwd: partial,
        env: outsideOfNpm(),
        maxBuffer: 64 * 1024 * 1024,
      })
      renameSync(partial, folder)
    } finally {
      rmSync(partial, { recursive: true, force: true })
    }
  }
  return { command: 'node', env: { NODE_RDKAFKA: join(folder, 'package.json'), PATH: path() } }
}

/** Without the Node that this project brings, whose headers nobody has. */
function path(): string {
  const own = join(import.meta.dirname, '..', 'node_modules')
  const folders = (process.env['PATH'] ?? '').split(':')
  return folders.filter((folder) => !folder.startsWith(own)).join(':')
}

/** Variables of an outer `npm run` would tell the inner one which Node to compile for. */
function outsideOfNpm(): NodeJS.ProcessEnv {
  const given = Object.entries(process.env).filter(([name]) => !/^npm_(?!config_cache)/.test(name))
  return { ...Object.fromEntries(given), PATH: path() }
}
