/**
 * `npm run test:package`: what npm would publish, judged by others: publint on its manifest,
 * are-the-types-wrong on how its types are found, and two compilers on programs that use them.
 */

import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installPackedApp, type PackedApp } from '../runtimes/packed-app.ts'
import { npm } from '../runtimes/runtimes.ts'
import { runCommand } from '../runtimes/run-command.ts'
import { projects, type Project } from './projects.ts'

type Command = readonly [string, ...string[]]

const root = join(import.meta.dirname, '..', '..')
const inBin = (name: string): string => join(root, 'node_modules', '.bin', name)

/** The oldest compiler that the package is for; the newest is that of this repository. */
const oldestCompiler = 'typescript@5.8.3'

/** What the programs import besides ours, with what that imports. */
const packagesOfPrograms = [
  'zod',
  'valibot',
  'arktype',
  '@ark',
  '@types',
  'undici-types',
  'react',
  'csstype',
  '@opentelemetry',
  '@nestjs',
  'rxjs',
  'tslib',
]

const problems: string[] = []

async function judge(what: string, command: Command, folder = root): Promise<void> {
  const { end, stdout, stderr } = await runCommand(command, { folder })
  process.stdout.write(`package: ${what}: ${end === 'exit 0' ? 'well' : end}\n`)
  if (end !== 'exit 0') problems.push(`${what}:\n${stdout}\n${stderr}`)
}

/** Makes `project` beside the installed package, with packages of ours that its programs import. */
function makeProject(
  { files = {}, without = [], compilerOptions }: Project,
  app: PackedApp,
): string {
  const folder = join(app.folder, 'project')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  if (!without.includes('*')) cpSync(join(root, 'test', 'types'), folder, { recursive: true })
  for (const name of without) rmSync(join(folder, name), { force: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
  return folder
}

const app = await installPackedApp()
try {
  await judge('publint', [inBin('publint'), 'run', app.tarball, '--strict'])
  await judge('are the types wrong', [inBin('attw'), app.tarball, '--profile', 'esm-only'])
  await npm(['install', '--no-save', oldestCompiler], app.folder)
  const oldest = join(app.folder, 'node_modules', '.bin', 'tsc')
  for (const name of packagesOfPrograms) {
    symlinkSync(join(root, 'node_modules', name), join(app.folder, 'node_modules', name))
  }
  for (const project of projects) {
    const compiler = project.isForOldest ? oldest : inBin('tsc')
    await judge(project.name, [compiler, '-p', makeProject(project, app)])
  }
} finally {
  app.remove()
}
for (const problem of problems) process.stderr.write(`package: ${problem}\n`)
process.exitCode = problems.length === 0 ? 0 : 1
