/** `kafka.do serve`: the broker, on one port, until it is told to stop. */

import { Command } from 'commander'
import type { Output } from './output.ts'
import { addSecurityOptions } from './security-flags.ts'
import {
  announce,
  startServer,
  stopRequested,
  untilStopped,
  type ServerFlags,
} from './run-server.ts'

export function serveCommand(output: Output): Command {
  return addServerOptions(new Command('serve'))
    .description('run a broker: Kafka, HTTP and WebSocket on one port')
    .action(async (flags: ServerFlags) => {
      const stopping = stopRequested()
      const server = await startServer(flags)
      try {
        announce(server, flags, output)
        await untilStopped(server, stopping, output)
      } finally {
        await server.close()
      }
    })
}

/** Declares what every command that runs a server can be told. */
export function addServerOptions(command: Command): Command {
  return addSecurityOptions(command)
    .option('-p, --port <port>', 'port for everything; 0 takes any free one', '9092')
    .option('--host <address>', 'address to listen on', 'localhost')
    .option('-d, --data <folder>', "folder for the data; 'memory:' keeps nothing", './kafka-data')
    .option(
      '--flush <when>',
      "'ack': acknowledged means on disk; 'os': faster, a power cut can lose records",
      'ack',
    )
    .option('--partitions <count>', 'partitions of a topic that is created without a count', '1')
    .option('--no-auto-create', 'do not create topics that a client asks for')
    .option(
      '--advertise <host:port>',
      "address that clients connect to, behind a proxy or a container's port mapping",
    )
    .option('--max-idle-ms <ms>', 'close connections that are idle for so long; 0: never', '600000')
    .option('--allow-origin <origin...>', 'web pages of this origin may connect', [])
    .option('--log-level <level>', 'debug, info, warn, error or silent', 'info')
}
