/** `kafka.do/server`: a server inside a Node program. */

export { KafkaServer } from './server.ts'
export {
  InvalidServerOptionError,
  NoCredentialsError,
  type ServerOptions,
  type TlsOptions,
} from './server-options.ts'
export { textLogger, type LogLevel } from './logger.ts'
