/** Apache Kafka's `kafka-dump-log`: what it says of files of a log, and what it complains of. */

import { spawnJava } from './apache-kafka/jars.ts'

export interface DumpedFile {
  /** The lines that were printed for it. */
  readonly lines: readonly string[]
}

export interface LogSegmentsDump {
  readonly files: ReadonlyMap<string, DumpedFile>
  /** All that went to standard error, where the tool complains. */
  readonly complaints: string
}

/** Longest single argument that Linux hands to a program, with some room. */
const argumentBytesMax = 120_000

/** Runs the tool once for as many of `paths` as fit into one command line, in as few runs as go. */
export async function dumpLogSegments(
  paths: readonly string[],
  flags: readonly string[],
): Promise<LogSegmentsDump> {
  const files = new Map<string, DumpedFile>()
  let complaints = ''
  for (const some of inArguments(paths)) {
    const { stdout, stderr } = await run(['--files', some.join(','), ...flags])
    complaints += stderr
    let lines: string[] = []
    for (const line of stdout.split('\n')) {
      const path = /^Dumping (\/.*)$/.exec(line)?.[1]
      if (path === undefined) lines.push(line)
      else files.set(path, { lines: (lines = []) })
    }
  }
  return { files, complaints }
}

function inArguments(paths: readonly string[]): string[][] {
  const parts: string[][] = []
  let sizeBytes = Infinity
  for (const path of paths) {
    sizeBytes += path.length + 1
    if (sizeBytes > argumentBytesMax) {
      parts.push([])
      sizeBytes = path.length + 1
    }
    parts.at(-1)!.push(path)
  }
  return parts
}

async function run(args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const child = await spawnJava('org.apache.kafka.tools.DumpLogSegments', args, {
    virtualMachine: ['-Xmx512m'],
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk))
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const complaints = Buffer.concat(stderr).toString()
  if (code !== 0) throw new Error(`DumpLogSegments ended with ${String(code)}:\n${complaints}`)
  return { stdout: Buffer.concat(stdout).toString(), stderr: complaints }
}

/** Returns `name: value` pairs of a line, as the tool prints them. */
export function fieldsOf(line: string): Readonly<Record<string, string>> {
  const fields: Record<string, string> = {}
  for (const [, name, value] of line.matchAll(/(\w+): (\[[^\]]*\]|\S+)/g)) fields[name!] = value!
  return fields
}
