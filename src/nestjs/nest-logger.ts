/** Has the client log as the rest of a Nest application does. */

import { Logger as NestLogger, type LoggerService } from '@nestjs/common'
import type { Facts, Logger } from '../runtime/runtime.ts'

/** Returns a logger for clients that writes to `target`, by default Nest's, as 'Kafka'. */
export function nestLogger(target: LoggerService = new NestLogger('Kafka')): Logger {
  return {
    debug: (message, facts) => target.debug?.(line(message, facts)),
    info: (message, facts) => target.log(line(message, facts)),
    warn: (message, facts) => target.warn(line(message, facts)),
    error: (message, facts) => target.error(line(message, facts)),
  }
}

function line(message: string, facts?: Facts): string {
  return facts === undefined ? message : `${message} ${JSON.stringify(facts, shown)}`
}

/** JSON has nothing of what an error says. */
function shown(_: string, value: unknown): unknown {
  return value instanceof Error ? String(value) : value
}
