/**
 * Runs a TypeScript file of this repository on a Node that can, whatever Node npm itself runs on.
 *
 * It works on a fresh clone: it installs the packages where they are missing or older than the
 * lock file, and falls back to the `node` package of node_modules where the current Node is too
 * old to run TypeScript. Plain JavaScript, because Node 20 must be able to run it.
 */

import { spawn, spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const modules = join(root, 'node_modules')

function isInstalled() {
  const stamp = join(modules, '.package-lock.json')
  if (!existsSync(stamp)) return false
  return statSync(stamp).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs
}

function install() {
  process.stderr.write('kafka.do: installing packages (once) …\n')
  // Not `npm ci`: it fails where the registry lacks a binary for some other platform.
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']
  const options = { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' }
  const { status } = spawnSync('npm', args, options)
  if (status !== 0) process.exit(status ?? 1)
}

/** Node 22.18 is the first that runs TypeScript without a flag. */
function runsTypeScript(version) {
  const [major, minor] = version.replace('v', '').split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 18)
}

/** Returns the Node to run on, or ends the process with what to do about its absence. */
function findNode() {
  if (runsTypeScript(process.version)) return process.execPath
  const own = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (existsSync(own)) return own
  process.stderr.write(
    `kafka.do: Node ${process.version} is too old, and the package that brings a newer one was ` +
      'installed without its install script. Run `npm rebuild node`, or install Node 22.18 or newer.\n',
  )
  process.exit(1)
}

if (!isInstalled()) install()

const [script, ...args] = process.argv.slice(2)
const child = spawn(findNode(), [join(root, script), ...args], { stdio: 'inherit' })
// Ctrl-C reaches the child by itself: this process only waits for what it makes of it.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => child.kill('SIGTERM'))
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)))
