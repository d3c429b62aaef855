/** `kafka.do/server`: a server inside a Node program. */

export { KafkaServer } from './server.ts'
export { InvalidServerOptionError, type ServerOptions } from './server-options.ts'
export { textLogger, type LogLevel } from './logger.ts'
