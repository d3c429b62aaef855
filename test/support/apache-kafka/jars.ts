/**
 * Apache Kafka's jars: brings them from Maven Central into a folder git ignores, and runs their
 * classes. The version is the one in `pom.xml`.
 */

import { execFile, spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { endWithUs } from '../end-with-us.ts'

const run = promisify(execFile)
const home = import.meta.dirname
const pom = join(home, 'pom.xml')

function kafkaVersion(): string {
  const version = /<kafka\.version>(.*)<\/kafka\.version>/.exec(readFileSync(pom, 'utf8'))?.[1]
  if (version === undefined) throw new Error(`${pom} names no kafka.version`)
  return version
}

/** The version of Apache Kafka that `installApacheKafka` brings, such as `4.3.1`. */
export const apacheKafkaVersion = kafkaVersion()

/** The last one before 4.0: its groups and transactions are those of the older protocols. */
export const olderApacheKafkaVersion = '3.9.1'

/** Returns the folder with all jars, after Maven has copied them there where they are missing. */
export async function installApacheKafka(version = apacheKafkaVersion): Promise<string> {
  const folder = join(home, '.cache', version)
  if (existsSync(folder)) return folder

  // Into a folder of our own first: another process may install at the same time, and a copy that
  // was broken off must not look like a whole one.
  const partial = `${folder}.${process.pid}`
  await mkdir(partial, { recursive: true })
  try {
    const goal = 'dependency:copy-dependencies'
    const properties = [`-Dkafka.version=${version}`, `-DoutputDirectory=${partial}`]
    await run('mvn', ['-B', '-q', '-f', pom, goal, ...properties])
    await rename(partial, folder)
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    if (!existsSync(folder)) throw new Error('Maven could not copy the jars', { cause: error })
  }
  return folder
}

export interface JavaOptions {
  /** Options of the virtual machine, before the class name. */
  readonly virtualMachine?: readonly string[]
  readonly logLevel?: 'WARN' | 'INFO'
  /** Of Apache Kafka. @default the newest */
  readonly version?: string
  readonly stdio?: StdioOptions
}

/** Starts `className` with the jars as its class path. */
export async function spawnJava(
  className: string,
  args: readonly string[],
  { virtualMachine = [], logLevel = 'WARN', stdio = 'pipe', version }: JavaOptions = {},
): Promise<ChildProcess> {
  const jars = await installApacheKafka(version)
  const logging = [
    `-Dlog4j2.configurationFile=${join(home, 'log4j2.properties')}`,
    `-Dlog.level=${logLevel}`,
  ]
  const classPath = ['-cp', join(jars, '*')]
  return spawn('java', [...virtualMachine, ...logging, ...classPath, className, ...args], { stdio })
}

/**
 * Runs a tool of Apache Kafka, such as `org.apache.kafka.tools.ProducerPerformance`, and returns
 * what it printed on standard output.
 *
 * @throws Error with the tool's output, where its exit code is not 0
 */
export async function apacheKafkaTool(
  className: string,
  args: readonly string[],
  version = apacheKafkaVersion,
): Promise<string> {
  const child = await spawnJava(className, args, { stdio: ['ignore', 'pipe', 'pipe'], version })
  // Without us, a tool whose broker is gone would wait for it for minutes.
  endWithUs(child)
  const output: Buffer[] = []
  const complaints: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => complaints.push(chunk))
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const printed = Buffer.concat(output).toString()
  if (code === 0) return printed
  const problem = Buffer.concat(complaints).toString()
  throw new Error(`${className} ended with code ${String(code)}:\n${printed}${problem}`)
}
