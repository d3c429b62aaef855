/** The options of a client, checked once: what they mean, their defaults, and what a URL names. */

import { percentDecoded } from './percent.ts'
import type { Address } from '../../connection/frame.ts'
import type { Logger } from '../../runtime/runtime.ts'
import { durationMs, type Duration } from '../failure/duration.ts'
import { InvalidOptionError } from '../failure/errors.ts'
import { refuse } from '../failure/refuse.ts'
import type { Instrumentation } from './instrumentation.ts'
import { Observer } from './observer.ts'
import type { Platform, TlsTrust, UrlScheme } from './platform.ts'

/** The options of a client. None is needed where a server is on this machine. */
export interface KafkaOptions {
  /**
   * Where the brokers are: `http(s)://host[:port]` for a kafka.do server over WebSocket,
   * `kafka(s)://host:port,host:port` for any Kafka cluster over TCP or TLS, `memory:` or
   * `file:./folder` for a broker inside this process.
   *
   * @default the environment variable KAFKA_DO_URL, else 'http://localhost:9092'
   */
  readonly url?: string
  /**
   * What the server knows this program by: a key, `<id>.<secret>`, or `user:password` for a Kafka
   * cluster with SASL/PLAIN.
   *
   * @default the environment variable KAFKA_DO_API_KEY, else none
   */
  readonly apiKey?: string
  /** User and password for a broker that wants another mechanism than PLAIN. @default `apiKey` */
  readonly sasl?: SaslOptions
  /**
   * For `https:` and `kafkas:`, where the platform leaves it to programs: not in browsers. In Node
   * it is refused with other URLs, which have no TLS.
   */
  readonly tls?: TlsTrust
  /** How long an operation may take, all its attempts included. @default '30s' */
  readonly timeout?: Duration
  /** How often a request that failed is sent again where that may help. @default 3 */
  readonly retries?: number
  /**
   * Whether sending to a topic that there is not, or reading it, creates it, where brokers do so.
   *
   * @default true
   */
  readonly allowAutoTopicCreation?: boolean
  /**
   * After how long what is known of topics is asked for anew: so much later, at the latest, new
   * partitions are sent to and read, and new topics that match a pattern are. A shorter time costs
   * requests.
   *
   * @default '5m'
   */
  readonly metadataMaxAge?: Duration
  /** Names this program in the broker's log and in group descriptions. @default 'kafka.do' */
  readonly clientId?: string
  /**
   * Whom to tell what happens: connections, retries, what is wrong with the cluster.
   *
   * @default none: what a program must know comes as an error
   */
  readonly logger?: Logger
  /** What is told of each request and record: for metrics and traces. @default none */
  readonly instrumentation?: Instrumentation
}

/** What every operation takes. */
export interface OperationOptions {
  /** Gives the operation up; its promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal
  /** How long it may take, with all its attempts. @default the timeout of the client */
  readonly timeout?: Duration
}

/** How to authenticate to a broker, but for API keys: by a password, or by a token. */
export type SaslOptions = SaslPasswordOptions | SaslTokenOptions

/** A user that the broker knows, and the password. */
export interface SaslPasswordOptions {
  /** With SCRAM the password itself is not sent: RFC 4616, RFC 5802. */
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
  /** Whom the broker knows. */
  readonly username: string
  /** With PLAIN it is sent as it is: only over TLS. */
  readonly password: string
}

/** A token of an authority that the broker trusts: RFC 7628, KIP-255. */
export interface SaslTokenOptions {
  /** The token is sent as it is: only over TLS. */
  readonly mechanism: 'OAUTHBEARER'
  /**
   * Returns a token that is valid now. It is called for each connection, and again before the
   * broker ends a session with it, so whoever asks far away keeps the token meanwhile. What it
   * throws is tried again as a broker is that cannot be reached.
   */
  readonly token: () => BearerTokenInput | Promise<BearerTokenInput>
}

/** A token, or one with extensions. */
export type BearerTokenInput = string | BearerToken

/** A token, and what else the broker wants to know. */
export interface BearerToken {
  /** The token itself: a JWT, as a rule. */
  readonly value: string
  /** By name, such as `logicalCluster` (KIP-342). @default none */
  readonly extensions?: Readonly<Record<string, string>>
}

/** Mechanisms of SASL that there are. */
export type SaslMechanism = SaslOptions['mechanism']

const saslMechanisms: readonly SaslMechanism[] = [
  'PLAIN',
  'SCRAM-SHA-256',
  'SCRAM-SHA-512',
  'OAUTHBEARER',
]

export interface ResolvedKafkaOptions {
  /** Without user and password. */
  readonly url: string
  readonly scheme: UrlScheme
  /** Where to begin; empty for a broker inside this process. */
  readonly addresses: readonly Address[]
  readonly credentials: SaslOptions | undefined
  readonly tls: TlsTrust
  readonly timeoutMs: number
  readonly retries: number
  readonly allowAutoTopicCreation: boolean
  readonly metadataMaxAgeMs: number
  readonly clientId: string
  readonly logger: Logger
  /** There where the program has instrumentation. */
  readonly observer: Observer | undefined
}

const defaultUrl = 'http://localhost:9092'
/** The user that stands for "whoever has this key". */
const apiKeyUser = 'api-key'
const defaultPorts: Readonly<Partial<Record<UrlScheme, number>>> = {
  http: 80,
  https: 443,
  kafka: 9092,
  kafkas: 9093,
}

/** @throws InvalidOptionError, naming the option that cannot work */
export function resolveKafkaOptions(
  options: KafkaOptions,
  platform: Platform,
): ResolvedKafkaOptions {
  const { env } = platform
  const {
    url: givenUrl,
    apiKey: givenKey,
    sasl,
    tls = {},
    timeout = '30s',
    retries = 3,
    allowAutoTopicCreation = true,
    metadataMaxAge = '5m',
    clientId = 'kafka.do',
    logger = platform.logger,
    instrumentation,
    ...others
  } = options
  const { ca: _ca, cert: _cert, key: _key, ...otherTls } = tls
  refuse({ ...others, ...otherTls })
  // Programs without types pass on `null` where a variable of theirs is not set.
  const url = givenUrl ?? env['KAFKA_DO_URL'] ?? defaultUrl
  const apiKey = givenKey ?? env['KAFKA_DO_API_KEY']
  const { credentials, ...place } = parseUrl(url, platform)
  if (sasl) oneOf('sasl.mechanism', sasl.mechanism, saslMechanisms)
  return {
    ...place,
    credentials: sasl ?? (apiKey === undefined ? credentials : parseCredentials(apiKey)),
    tls,
    timeoutMs: durationMs('timeout', timeout),
    retries: wholeNumber('retries', retries),
    allowAutoTopicCreation,
    metadataMaxAgeMs: durationMs('metadataMaxAge', metadataMaxAge, 1),
    clientId,
    logger,
    observer: instrumentation && new Observer(instrumentation, logger),
  }
}

/** @throws InvalidOptionError where `value` is not an integer of at least `min` */
export function wholeNumber(option: string, value: number, min = 0): number {
  if (Number.isSafeInteger(value) && value >= min) return value
  throw new InvalidOptionError({
    option,
    expected: `a whole number of at least ${min}`,
    actual: value,
  })
}

/** @throws InvalidOptionError where `value` is none of `choices` */
export function oneOf<Choice>(option: string, value: Choice, choices: readonly Choice[]): Choice {
  if (choices.includes(value)) return value
  const expected = choices.map((choice) => JSON.stringify(choice)).join(', ')
  throw new InvalidOptionError({ option, expected: `one of ${expected}`, actual: value })
}

type ParsedUrl = Pick<ResolvedKafkaOptions, 'url' | 'scheme' | 'addresses' | 'credentials'>

function parseUrl(given: string, { transports }: Platform): ParsedUrl {
  // A password may have anything in it, also an @. In the name of a folder, and behind a host with
  // a port, that ends no user.
  const parts = /^((?!file|https?:\/\/[^:@/]+:\d+[/?#])\w+:\/\/)(.*)@(.*)/.exec(given)
  const [, head = '', user, rest = given] = parts ?? []
  // Messages and logs have it, and are no place for a password.
  const url = head + rest
  // Several hosts make it no URL that the platform could take apart.
  const [, name = '', hosts = ''] = /^([a-z]+):(?:\/\/([^/?#]*))?/.exec(url) ?? []
  if (!(name in transports)) {
    const known = Object.keys(transports).map((name) => `${name}:`)
    const expected = `a URL that begins with ${known.join(' or ')}`
    throw new InvalidOptionError({ option: 'url', expected, actual: url })
  }
  const scheme = name as UrlScheme
  const defaultPort = defaultPorts[scheme]
  const list = scheme.startsWith('kafka') ? hosts.split(',') : [hosts]
  return {
    url,
    scheme,
    // A broker inside this process is at no address.
    addresses: defaultPort
      ? list.map((host) => parseAddress(host, defaultPort, url))
      : [{ host: scheme, port: 0 }],
    // A % that encodes nothing is one of a password that nobody has encoded.
    credentials: user ? parseCredentials(percentDecoded(user)) : undefined,
  }
}

function parseAddress(text: string, defaultPort: number, url: string): Address {
  const pattern = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/
  const [, ipv6, host = ipv6, digits = defaultPort] = pattern.exec(text.trim()) ?? []
  const port = Number(digits)
  if (host !== undefined && port > 0 && port < 65536) return { host, port }
  throw new InvalidOptionError({
    option: 'url',
    expected: 'a URL with a host and a port, such as http://localhost:9092',
    actual: url,
  })
}

/** A key has a dot between id and secret; what has a colon is a user and a password. */
function parseCredentials(text: string): SaslPasswordOptions {
  const mechanism = 'PLAIN'
  const at = text.indexOf(text.includes(':') ? ':' : '.')
  if (at < 0) return { mechanism, username: apiKeyUser, password: text }
  return { mechanism, username: text.slice(0, at), password: text.slice(at + 1) }
}
