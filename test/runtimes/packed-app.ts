/**
 * A stranger's folder: the package as npm would publish it, installed from its tarball, with the
 * programs beside it.
 */

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { npm } from './runtimes.ts'

const root = join(import.meta.dirname, '..', '..')
export const tlsFixtures = join(root, 'test', 'fixtures', 'tls')

export interface PackedApp {
  readonly folder: string
  /** What npm would publish. */
  readonly tarball: string
  /** The `kafka.do` command, as a file of JavaScript. */
  readonly commandFile: string
  remove(): void
}

/** Builds, packs and installs; `npm pack` builds first by itself. */
export async function installPackedApp(): Promise<PackedApp> {
  const folder = mkdtempSync(join(tmpdir(), 'kafka-do-runtimes-'))
  try {
    return await installIn(folder)
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

async function installIn(folder: string): Promise<PackedApp> {
  const printed = await npm(['pack', '--json', '--pack-destination', folder], root)
  // What the build prints comes before.
  const packed: unknown = JSON.parse(printed.slice(printed.search(/^[[{]/m)))
  const [{ filename }] = Object.values(packed as object) as [{ readonly filename: string }]
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  const tarball = join(folder, filename)
  await npm(['install', tarball], folder)
  cpSync(join(import.meta.dirname, 'program'), folder, { recursive: true })
  cpSync(join(tlsFixtures, 'ca.pem'), join(folder, 'ca.pem'))
  return {
    folder,
    tarball,
    commandFile: commandOf(folder),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function commandOf(folder: string): string {
  const installed = join(folder, 'node_modules', 'kafka.do')
  const { bin } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
    readonly bin: Readonly<Record<string, string>>
  }
  return join(installed, bin['kafka.do']!)
}
