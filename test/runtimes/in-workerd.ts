/** Runs the program as a Worker: bundled as wrangler does it, in workerd with nothing around it. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { build } from 'esbuild'
import type { Outcome } from './outcomes.ts'
import type { PackedApp } from './packed-app.ts'

export interface WorkerOptions {
  readonly app: PackedApp
  readonly command: readonly [string, ...string[]]
  /** `connection=url`, as for the other programs. */
  readonly connections: readonly string[]
}

/** What the runtime was like then: an old one, and one of today. */
const compatibilityDates = ['2023-03-01', '2026-11-01']

const configuration = (date: string): string => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "network", network = (
      allow = ["private"],
      tlsOptions = (trustedCertificates = [embed "ca.pem"]),
    )),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.mjs", esModule = embed "worker.bundle.mjs")],
  compatibilityDate = "${date}",
  globalOutbound = "network",
  durableObjectNamespaces = [
    (className = "Keeper", uniqueKey = "keeper", preventEviction = true),
  ],
  durableObjectStorage = (inMemory = void),
  bindings = [(name = "KEEPER", durableObjectNamespace = "Keeper")],
);
`

export async function playInWorkerd(options: WorkerOptions): Promise<Outcome[]> {
  const { folder } = options.app
  await build({
    entryPoints: [join(folder, 'worker.mjs')],
    outfile: join(folder, 'worker.bundle.mjs'),
    bundle: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*'],
    logLevel: 'warning',
  })
  const outcomes: Outcome[] = []
  for (const date of compatibilityDates) outcomes.push(...(await playAsOf(date, options)))
  return outcomes
}

async function playAsOf(
  date: string,
  { app, command, connections }: WorkerOptions,
): Promise<Outcome[]> {
  const file = join(app.folder, `workerd-${date}.capnp`)
  writeFileSync(file, configuration(date))
  const [program, ...args] = command
  const child = spawn(program, [...args, '--control-fd=3', file], {
    cwd: app.folder,
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  })
  try {
    const control = createInterface(child.stdio[3] as NodeJS.ReadableStream)
    const exited = once(child, 'exit').then(() => {
      throw new Error('workerd ended before it listened')
    })
    const [line] = (await Promise.race([once(control, 'line'), exited])) as [string]
    const { port } = JSON.parse(line) as { readonly port: number }
    const query = connections.map((given) => `connect=${encodeURIComponent(given)}`).join('&')
    const answer = await fetch(`http://127.0.0.1:${port}/?${query}`, {
      signal: AbortSignal.timeout(120_000),
    })
    if (!answer.ok) throw new Error(`as of ${date} the Worker says ${await answer.text()}`)
    return (await answer.json()) as Outcome[]
  } finally {
    child.kill('SIGKILL')
  }
}
