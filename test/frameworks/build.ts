/**
 * Builds the shop as its users would: the package as published, a Nest application compiled to
 * CommonJS with decorators, and a page bundled for browsers, with React 18 and 19.
 */

import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { buildPackage } from '../../scripts/build-package.ts'

const here = import.meta.dirname
const root = join(here, '..', '..')
const run = promisify(execFile)

export interface Shop {
  /** Its folder, which whoever built it removes. */
  readonly folder: string
  /** The program of the service. */
  readonly main: string
  /** The same program, with Nest 12 installed beside it. */
  readonly mainOnNest12: string
  /** The program of docs/nestjs.md. */
  readonly documentedMain: string
  /** The folder of the pages' scripts. */
  readonly scripts: string
}

export const reactVersions = ['18', '19'] as const

export async function buildShop(): Promise<Shop> {
  mkdirSync(join(here, '.cache'), { recursive: true })
  const folder = mkdtempSync(join(here, '.cache', 'shop-'))
  try {
    return await buildIn(folder)
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

async function buildIn(folder: string): Promise<Shop> {
  cpSync(join(here, 'shop'), folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "name": "shop", "private": true }')
  writeDocumented(join(folder, 'documented'))
  const installed = join(folder, 'node_modules', 'kafka.do')
  mkdirSync(installed, { recursive: true })
  cpSync(join(root, 'package.json'), join(installed, 'package.json'))
  if (!(await buildPackage(join(installed, 'dist')))) throw new Error('no package')
  const [scripts] = await Promise.all([
    bundlePages(folder),
    compile(join(folder, 'tsconfig.json'), join(folder, 'dist')),
  ])
  const mainOnNest12 = await putBesideNest12(folder)
  return {
    folder,
    mainOnNest12,
    main: join(folder, 'dist', 'service', 'main.js'),
    documentedMain: join(folder, 'dist', 'documented', 'main.js'),
    scripts,
  }
}

/** Writes the files that the documentation has, so that they are compiled and run as they stand. */
function writeDocumented(folder: string): void {
  mkdirSync(folder)
  for (const page of ['react.md', 'nestjs.md']) {
    const text = readFileSync(join(root, 'docs', page), 'utf8')
    for (const [, name, code] of text.matchAll(/<!-- file: ([\w.-]+) -->\n```tsx?\n([^]*?)```/g)) {
      const url = '(globalThis as unknown as Window).kafkaUrl'
      writeFileSync(join(folder, name!), code!.replace("'http://localhost:9092'", url))
    }
  }
}

async function compile(project: string, outDir: string): Promise<void> {
  const tsc = join(root, 'node_modules', '.bin', 'tsc')
  try {
    await run(tsc, ['--project', project, '--outDir', outDir])
  } catch (error) {
    const { stdout } = error as { stdout: string }
    throw new Error(`tsc --project ${project}:\n${stdout}`, { cause: error })
  }
}

async function bundlePages(folder: string): Promise<string> {
  const scripts = join(folder, 'scripts')
  const older = await install('react-18')
  const react18 = { react: join(older, 'react'), 'react-dom': join(older, 'react-dom') }
  const page = join(folder, 'page', 'page.tsx')
  await bundle(page, join(scripts, 'page-18.js'), react18)
  await bundle(page, join(scripts, 'page-19.js'))
  await bundle(join(folder, 'documented', 'orders-page.tsx'), join(scripts, 'page-documented.js'))
  return scripts
}

async function bundle(
  entryPoint: string,
  outfile: string,
  alias: Record<string, string> = {},
): Promise<void> {
  await build({
    entryPoints: [entryPoint],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    logLevel: 'silent',
    // What React warns of is wanted.
    define: { 'process.env.NODE_ENV': '"development"' },
    jsx: 'automatic',
    alias,
  })
}

/** Copies the compiled service, and the package, to where Nest 12 is what they find. */
async function putBesideNest12(folder: string): Promise<string> {
  const installed = await install('nest-12')
  const place = join(folder, 'nest-12')
  const packages = join(place, 'node_modules')
  cpSync(join(folder, 'dist', 'service'), join(place, 'service'), { recursive: true })
  cpSync(join(folder, 'package.json'), join(place, 'package.json'))
  cpSync(join(folder, 'node_modules'), packages, { recursive: true })
  for (const name of ['@nestjs', 'reflect-metadata', 'rxjs']) {
    symlinkSync(join(installed, name), join(packages, name))
  }
  return join(place, 'service', 'main.js')
}

/** Installs what the package.json of a folder names; returns the folder of its packages. */
async function install(name: string): Promise<string> {
  const folder = join(here, name)
  const packages = join(folder, 'node_modules')
  if (!existsSync(join(packages, '.package-lock.json'))) {
    const path = [dirname(process.execPath), process.env['PATH']].join(delimiter)
    const env = { ...process.env, PATH: path }
    await run('npm', ['ci', '--ignore-scripts', '--no-audit'], { cwd: folder, env })
  }
  return packages
}
