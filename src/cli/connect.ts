/** The client that a command works with, and what all commands that have one can be told. */

import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { Kafka, type KafkaOptions } from '../index-node.ts'
import { MisuseError } from './output.ts'

export interface ConnectFlags {
  readonly url?: string
  readonly ca?: string
}

export function addConnectOptions(command: Command): Command {
  return command
    .option(
      '-u, --url <url>',
      'http://host:port, or kafka://host:port,… for any Kafka cluster ' +
        '(default: KAFKA_DO_URL, else http://localhost:9092); KAFKA_DO_API_KEY is the API key, ' +
        'or <user>:<password> for SASL PLAIN',
    )
    .option('--ca <file>', "authority to trust for TLS, as PEM (default: the system's authorities)")
}

/** Runs `work` with a client, which is closed however it ends. */
export async function withKafka<Result>(
  flags: ConnectFlags,
  work: (kafka: Kafka) => Promise<Result>,
  options: KafkaOptions = {},
): Promise<Result> {
  const kafka = new Kafka({ ...kafkaOptionsOf(flags), ...options })
  try {
    return await work(kafka)
  } finally {
    await kafka.close()
  }
}

function kafkaOptionsOf({ url, ca }: ConnectFlags): KafkaOptions {
  return {
    ...(url === undefined ? {} : { url }),
    ...(ca === undefined ? {} : { tls: { ca: readAuthority(ca) } }),
  }
}

function readAuthority(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new MisuseError(`--ca ${file} cannot be read: ${(error as Error).message}`)
  }
}

/** Returns a signal that Ctrl-C aborts; the second Ctrl-C ends the process as usual. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController()
  process.once('SIGINT', () => controller.abort())
  process.once('SIGTERM', () => controller.abort())
  return controller.signal
}
