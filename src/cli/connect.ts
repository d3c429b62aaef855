/** The client that a command works with, and what all commands that have one can be told. */

import { Command } from 'commander'
import { Kafka } from '../index-node.ts'

export interface ConnectFlags {
  readonly url?: string
}

export function addConnectOptions(command: Command): Command {
  return command.option(
    '-u, --url <url>',
    'http://host:port, or kafka://host:port,… for any Kafka cluster ' +
      '(default: KAFKA_DO_URL, else http://localhost:9092)',
  )
}

/** Runs `work` with a client, which is closed however it ends. */
export async function withKafka<Result>(
  { url }: ConnectFlags,
  work: (kafka: Kafka) => Promise<Result>,
): Promise<Result> {
  const kafka = new Kafka(url === undefined ? {} : { url })
  try {
    return await work(kafka)
  } finally {
    await kafka.close()
  }
}

/** Returns a signal that Ctrl-C aborts; the second Ctrl-C ends the process as usual. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController()
  process.once('SIGINT', () => controller.abort())
  process.once('SIGTERM', () => controller.abort())
  return controller.signal
}
