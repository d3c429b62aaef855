#!/usr/bin/env node
/** The `kafka.do` command: one subcommand a file, put together here. */

import { Command, CommanderError } from 'commander'
import { KafkaError } from '../client/failure/errors.ts'
import { version } from '../server/version.ts'
import { CommandError, endUnread, exitCodes, noteUnwritten, terminal } from './output.ts'

/** Loaded when they are called for: a broker needs no client, and a client no broker. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  dev: async () => (await import('./dev.ts')).devCommand(terminal),
  serve: async () => (await import('./serve.ts')).serveCommand(terminal),
  produce: async () => (await import('./produce.ts')).produceCommand(terminal),
  consume: async () => (await import('./consume.ts')).consumeCommand(terminal),
  topic: async () => (await import('./topic.ts')).topicCommand(terminal),
  verify: async () => (await import('./verify.ts')).verifyCommand(terminal),
  dump: async () => (await import('./dump.ts')).dumpCommand(terminal),
  repair: async () => (await import('./repair.ts')).repairCommand(terminal),
  key: async () => (await import('./key.ts')).keyCommand(terminal),
  group: async () => (await import('./group.ts')).groupCommand(terminal),
}

// Syncs of different logs run side by side, one on each thread: more than Node's four share a
// commit of the file system. Before the first import that waits, since that starts the threads.
process.env['UV_THREADPOOL_SIZE'] ??= '8'

const program = new Command('kafka.do')
  .description('Event streaming with zero ops: a Kafka broker in one process, and its tools.')
  .version(version)
  .showSuggestionAfterError()
  .showHelpAfterError('(kafka.do --help says more)')
  .exitOverride()
const name = process.argv[2] ?? ''
const called = Object.hasOwn(commands, name) ? commands[name] : undefined
for (const load of called ? [called] : Object.values(commands)) {
  const command = await load()
  program.addCommand(command.copyInheritedSettings(program))
  for (const part of command.commands) part.copyInheritedSettings(command)
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Some have to put something in order first.
  if (process.stdout.listenerCount('error') > 1) noteUnwritten(error)
  else endUnread(error)
})

// Who reads our messages may be gone before us, as `tee` is at Ctrl-C, and a full disk takes none:
// neither is to end a broker.
process.stderr.on('error', () => {})

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = exitCodeOf(error)
}

function exitCodeOf(error: unknown): number {
  // Commander has said what is wrong with the command line.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.misused
  if (error instanceof CommandError) terminal.note(`kafka.do: ${error.message}`)
  else if (KafkaError.is(error)) terminal.note(`kafka.do: ${kafkaErrorText(error)}`)
  else if (error instanceof Error && process.env['KAFKA_DO_DEBUG'] === undefined) {
    terminal.note(`kafka.do: ${error.message} (KAFKA_DO_DEBUG=1 shows where)`)
  } else terminal.note(String(error instanceof Error ? error.stack : error))
  if (error instanceof CommandError) return error.exitCode
  const isBadOption = KafkaError.is(error) && error.code === 'invalid_option'
  return isBadOption ? exitCodes.misused : exitCodes.failed
}

function kafkaErrorText({ message, code, cause }: KafkaError): string {
  // Time was up for what was tried again and again: why it failed is what helps.
  if (code === 'timeout' && KafkaError.is(cause)) {
    return `${message} (${code}); at last: ${kafkaErrorText(cause)}`
  }
  // To close the connection is all that brokers do over TCP where they are not told who asks.
  const isShut = code === 'disconnected' && message.endsWith('the broker closed the connection')
  const isNobody = process.env['KAFKA_DO_API_KEY'] === undefined
  const advice = '; if it asks who you are, set KAFKA_DO_API_KEY'
  return `${message} (${code})${isShut && isNobody ? advice : ''}`
}
