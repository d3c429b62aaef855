/** `kafka.do/server`: a server inside a Node program. */

export type { BrokerOptions } from '../broker/broker-options.ts'
export type { GroupOptions } from '../broker/groups/group-options.ts'
export type { Address } from '../connection/frame.ts'
export { KafkaServer } from './server.ts'
export {
  InvalidServerOptionError,
  NoCredentialsError,
  type ServerOptions,
  type TlsOptions,
} from './server-options.ts'
export { textLogger, type LogLevel } from './logger.ts'
