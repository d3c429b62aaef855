/** Runs a server until a signal or a failure ends it; shared by `serve` and `dev`. */

import { KafkaServer } from '../server/server.ts'
import {
  InvalidServerOptionError,
  NoCredentialsError,
  type ServerOptions,
} from '../server/server-options.ts'
import { textLogger, logLevels, type LogLevel } from '../server/logger.ts'
import { version } from '../server/version.ts'
import { CommandError, MisuseError, type Output } from './output.ts'
import { reloadTlsOnHangup, securityOptionsOf, type SecurityFlags } from './security-flags.ts'

/** What commander hands over for the options that `addServerOptions` declares. */
export interface ServerFlags extends SecurityFlags {
  readonly host: string
  readonly port: string
  readonly data: string
  readonly flush: string
  readonly advertise?: string
  readonly partitions: string
  readonly autoCreate: boolean
  readonly maxIdleMs: string
  readonly allowOrigin: string[]
  readonly logLevel: string
}

/** Starts a server from command-line flags. @throws CommandError in the flags' own words */
export async function startServer(flags: ServerFlags): Promise<KafkaServer> {
  if (!logLevels.includes(flags.logLevel as LogLevel)) {
    throw new MisuseError(
      `--log-level must be one of ${logLevels.join(', ')}, not '${flags.logLevel}'`,
    )
  }
  const options: ServerOptions = {
    host: flags.host,
    port: integerFlag('--port', flags.port),
    dataFolder: flags.data,
    flush: flags.flush as 'ack' | 'os',
    defaultPartitions: integerFlag('--partitions', flags.partitions),
    autoCreateTopics: flags.autoCreate,
    maxIdleMs: integerFlag('--max-idle-ms', flags.maxIdleMs),
    allowedOrigins: flags.allowOrigin,
    ...securityOptionsOf(flags),
    logger: textLogger(flags.logLevel as LogLevel),
    ...(flags.advertise === undefined ? {} : { advertise: flags.advertise }),
  }
  try {
    const server = await KafkaServer.start(options)
    reloadTlsOnHangup(server, flags, (text) => options.logger!.info(text))
    return server
  } catch (error) {
    throw inFlagWords(error, flags)
  }
}

function inFlagWords(error: unknown, flags: ServerFlags): unknown {
  const { code } = error as { readonly code?: string }
  if (code === 'EADDRINUSE') {
    return new CommandError(
      `port ${flags.port} is taken by another program; choose one with --port, or --port 0 for any`,
    )
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new MisuseError(`--host ${flags.host} is not an address of this machine`)
  }
  if (code === 'EACCES') return new CommandError(`no permission: ${(error as Error).message}`)
  if (error instanceof NoCredentialsError) return new CommandError(error.message)
  const isBadOption = error instanceof InvalidServerOptionError || error instanceof RangeError
  return isBadOption ? new MisuseError(withFlagNames(error.message)) : error
}

/** Flags that have another name than their option. */
const flagOf: Readonly<Record<string, string>> = {
  allowedOrigins: 'allow-origin',
  authentication: 'auth',
  dataFolder: 'data',
  defaultPartitions: 'partitions',
  superUsers: 'super-user',
  tls: 'tls-cert',
}

function withFlagNames(message: string): string {
  return message
    .replace(/^option '(\w+)'/, (_, option: string) => `--${flagOf[option] ?? option}`)
    .replace('`allowUnauthenticated`', '--allow-unauthenticated')
}

function integerFlag(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text))
    throw new MisuseError(`${name} must be a whole number, not '${text}'`)
  return Number(text)
}

/** Says where the server is, and what its acknowledgements mean. */
export function announce(server: KafkaServer, flags: ServerFlags, output: Output): void {
  const { host, port } = server.address
  const promises: Readonly<Record<string, string>> = {
    ack: 'acknowledged means on disk',
    os: 'acknowledged means handed to the operating system: a power cut can lose records',
  }
  const promise = flags.data === 'memory:' ? 'nothing is kept' : promises[flags.flush]
  output.note(`kafka.do ${version} is listening on ${host}:${port}`)
  output.note(`  Kafka clients  bootstrap.servers=${host}:${port}`)
  output.note(`  browser, SDK   ${server.url}`)
  if (server.isGuarded) output.note('  security       clients need an API key: kafka.do key')
  output.note(`  data           ${flags.data} (${promise})`)
}

/** Resolves at a signal that asks the program to stop. Called first, so that none is missed. */
export function stopRequested(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const onSignal = (): void => {
    // The second signal means it: leave what is not done to recovery.
    process.once('SIGINT', () => process.exit(130))
    resolve()
  }
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)
  return promise
}

/** Resolves once the server is asked to stop; rejects where it fails. */
export async function untilStopped(
  server: KafkaServer,
  stopping: Promise<void>,
  output: Output,
): Promise<void> {
  await Promise.race([stopping, server.failed])
  output.note('stopping …')
}
