#!/usr/bin/env node
/** The `kafka.do` command: one subcommand a file, put together here. */

import { Command, CommanderError } from 'commander'
import { KafkaError } from '../index-node.ts'
import { version } from '../server/server.ts'
import { consumeCommand } from './consume.ts'
import { devCommand } from './dev.ts'
import { groupCommand } from './group.ts'
import { CommandError, terminal } from './output.ts'
import { produceCommand } from './produce.ts'
import { serveCommand } from './serve.ts'
import { topicCommand } from './topic.ts'

const program = new Command('kafka.do')
  .description('Event streaming with zero ops: a Kafka broker in one process, and its tools.')
  .version(version)
  .showSuggestionAfterError()
  .showHelpAfterError('(kafka.do --help says more)')
  .exitOverride()
for (const command of [
  devCommand(terminal),
  serveCommand(terminal),
  produceCommand(terminal),
  consumeCommand(terminal),
  topicCommand(terminal),
  groupCommand(terminal),
]) {
  program.addCommand(command.copyInheritedSettings(program))
}

/** A reader that has seen enough (`| head`) is no failure. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = exitCodeOf(error)
}

function exitCodeOf(error: unknown): number {
  // Commander has said what is wrong with the command line; exit code 2 is the custom for that.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof CommandError) terminal.note(`kafka.do: ${error.message}`)
  else if (KafkaError.is(error)) terminal.note(`kafka.do: ${error.message} (${error.code})`)
  else if (error instanceof Error && process.env['KAFKA_DO_DEBUG'] === undefined) {
    terminal.note(`kafka.do: ${error.message} (KAFKA_DO_DEBUG=1 shows where)`)
  } else terminal.note(String(error instanceof Error ? error.stack : error))
  return 1
}
