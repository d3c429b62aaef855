/**
 * What a bad client does with a connection or two. Each kind of case is a function that ends when
 * the client is done, and throws a `Finding` where the server did what it must not.
 */

import { saslAuthenticate } from '../../../src/protocol/sasl-authenticate.ts'
import type { SeededRandom } from '../../support/random.ts'
import { learn, type Knowledge } from './known-values.ts'
import {
  framed,
  mutated,
  probe,
  randomRequest,
  readAnswer,
  type FuzzedRequest,
} from './messages.ts'
import { login } from './users.ts'
import { dialTcp, dialWebSocket, type Wire } from './wire.ts'

export interface CaseTools {
  readonly random: SeededRandom
  readonly known: Knowledge
  readonly port: number
  /** Whether clients have to say who they are. */
  readonly isProtected: boolean
  /** Told of all that is sent, before it is. */
  readonly journal: (connection: number, bytes: Uint8Array) => void
  readonly count: (what: string) => void
}

/** Something that must not happen. */
export class Finding extends Error {
  override readonly name = 'Finding'
}

interface Refusable {
  readonly errorCode: number
}

/** Requests in this order reach what none of them would alone. */
const stories: readonly (readonly string[])[] = [
  [
    'CreateTopics',
    'Metadata',
    'Produce',
    'Produce',
    'Fetch',
    'ListOffsets',
    'DeleteRecords',
    'Fetch',
  ],
  ['Metadata', 'Produce', 'OffsetForLeaderEpoch', 'CreatePartitions', 'Produce', 'DeleteTopics'],
  [
    'FindCoordinator',
    'JoinGroup',
    'JoinGroup',
    'SyncGroup',
    'Heartbeat',
    'OffsetCommit',
    'OffsetFetch',
  ],
  ['JoinGroup', 'SyncGroup', 'OffsetCommit', 'DescribeGroups', 'LeaveGroup', 'DeleteGroups'],
  ['ConsumerGroupHeartbeat', 'ConsumerGroupHeartbeat', 'OffsetCommit', 'ConsumerGroupDescribe'],
  ['ConsumerGroupHeartbeat', 'OffsetFetch', 'ConsumerGroupHeartbeat', 'OffsetDelete', 'ListGroups'],
  [
    'InitProducerId',
    'AddPartitionsToTxn',
    'Produce',
    'AddOffsetsToTxn',
    'TxnOffsetCommit',
    'EndTxn',
  ],
  ['InitProducerId', 'Produce', 'TxnOffsetCommit', 'EndTxn', 'Produce', 'EndTxn', 'Fetch'],
  ['InitProducerId', 'Produce', 'DescribeProducers', 'DescribeTransactions', 'WriteTxnMarkers'],
  [
    'IncrementalAlterConfigs',
    'DescribeConfigs',
    'Produce',
    'Produce',
    'ListOffsets',
    'AlterConfigs',
  ],
  ['SaslHandshake', 'SaslAuthenticate', 'SaslAuthenticate', 'Metadata'],
  [
    'AlterUserScramCredentials',
    'DescribeUserScramCredentials',
    'SaslHandshake',
    'SaslAuthenticate',
  ],
  ['CreateAcls', 'DescribeAcls', 'DeleteAcls', 'AlterClientQuotas', 'DescribeClientQuotas'],
]

/** Longer than anything that a request of the fuzzer may wait for. */
const answerMs = 20_000
/** How long an answer is waited for that may rightly come in a few weeks. */
const patienceMs = 500
const waiting: ReadonlySet<string> = new Set(['Fetch', 'JoinGroup', 'SyncGroup'])
let nextConnection = 1

class Client {
  readonly #tools: CaseTools
  readonly #wire: Wire
  readonly #isTcp: boolean
  readonly #id = nextConnection++
  #correlationId = 1

  private constructor(tools: CaseTools, wire: Wire, isTcp: boolean) {
    this.#tools = tools
    this.#wire = wire
    this.#isTcp = isTcp
  }

  static async connect(tools: CaseTools): Promise<Client> {
    const isTcp = tools.random.below(5) > 0
    const wire = await (isTcp ? dialTcp(tools.port) : dialWebSocket(tools.port))
    const client = new Client(tools, wire, isTcp)
    if (tools.isProtected) await client.#logIn()
    return client
  }

  async #logIn(): Promise<void> {
    const { random, count } = this.#tools
    for (const request of login(random, this.#correlationId)) {
      this.#correlationId++
      const answer = await this.ask(request)
      const isIn = request.api === saslAuthenticate && (answer as Refusable)?.errorCode === 0
      if (isIn) count('logged in')
    }
  }

  get wire(): Wire {
    return this.#wire
  }

  request(options: { apiName?: string; strangePercent?: number; arrayMax?: number } = {}) {
    const { random, known } = this.#tools
    const { strangePercent = 10, arrayMax = 3, apiName } = options
    const correlationId = this.#correlationId++
    const named = apiName === undefined || !isServed(apiName) ? {} : { apiName }
    return randomRequest({ random, known, correlationId, strangePercent, arrayMax, ...named })
  }

  /** A request that may be changed in any way; one for quotas could slow down everybody. */
  requestToDamage(): FuzzedRequest {
    for (;;) {
      const request = this.request()
      if (request.api.name !== 'AlterClientQuotas') return request
    }
  }

  send(message: Uint8Array): void {
    this.sendBytes(this.#isTcp ? framed(message) : message)
  }

  sendBytes(bytes: Uint8Array): void {
    // As over TCP: what it does is the same.
    this.#tools.journal(this.#id, this.#isTcp ? bytes : framed(bytes))
    if (!this.#wire.isClosed) this.#wire.send(bytes)
  }

  /** Sends a well-formed request, and takes what its answer says. */
  async ask(request: FuzzedRequest): Promise<unknown> {
    this.send(request.message)
    if (request.isUnanswered) return undefined
    const { name } = request.api
    const answered = this.#wire.answer(request.correlationId)
    // A member of the group that another client damaged may have asked all others to wait.
    if (name === 'JoinGroup' || name === 'SyncGroup') {
      const late = new Promise<undefined>((resolve) => setTimeout(resolve, 5 * patienceMs))
      if (!(await Promise.race([answered, late]))) this.#wire.destroy()
    }
    const answer = await this.#within(answered, name)
    if (!answer) return undefined
    const { count, known } = this.#tools
    count('answered')
    try {
      const body = readAnswer(request, answer)
      learn(known, body)
      return body
    } catch (error) {
      const what = `${request.api.name} v${request.version}`
      throw new Finding(`the answer to ${what} cannot be read: ${String(error)}`)
    }
  }

  /** Asks what is always answered: until then, or until the end, all before it is settled. */
  async settle(before: readonly string[]): Promise<void> {
    const request = probe(1_000_000_000 + this.#correlationId++)
    this.send(request.message)
    // What was changed may ask to wait for weeks.
    if (before.some((name) => waiting.has(name))) {
      const late = new Promise((resolve) => setTimeout(resolve, patienceMs))
      await Promise.race([this.#wire.answer(request.correlationId), late])
    } else await this.#within(this.#wire.answer(request.correlationId), before.join(', '))
  }

  async #within<Value>(promise: Promise<Value>, what: string): Promise<Value> {
    const { promise: late, reject } = Promise.withResolvers<never>()
    const error = new Finding(`no answer to ${what}, and no end, after ${answerMs} ms`)
    const timer = setTimeout(() => reject(error), answerMs)
    try {
      return await Promise.race([promise, late])
    } finally {
      clearTimeout(timer)
    }
  }
}

let served: ReadonlySet<string> = new Set()
export function setServed(names: readonly string[]): void {
  served = new Set(names)
}
function isServed(name: string): boolean {
  return served.has(name)
}

export type CaseKind = (tools: CaseTools) => Promise<void>

/** A story of well-formed requests, with strange values here and there. */
const story: CaseKind = async (tools) => {
  const { random } = tools
  const client = await Client.connect(tools)
  const strangePercent = random.pick([0, 3, 10, 40])
  for (const apiName of random.pick(stories)) {
    if (client.wire.isClosed) break
    await client.ask(client.request({ apiName, strangePercent, arrayMax: random.pick([1, 1, 3]) }))
  }
  client.wire.destroy()
}

/** Well-formed requests of any API, one after the other. */
const anything: CaseKind = async (tools) => {
  const client = await Client.connect(tools)
  for (let count = 1 + tools.random.below(8); count > 0 && !client.wire.isClosed; count--) {
    await client.ask(client.request({ strangePercent: tools.random.pick([10, 50, 100]) }))
  }
  client.wire.destroy()
}

/** Damaged requests, in one go, some between good ones. */
const damaged: CaseKind = async (tools) => {
  const { random } = tools
  const client = await Client.connect(tools)
  const names: string[] = []
  for (let count = 1 + random.below(6); count > 0; count--) {
    const { message, api } = client.requestToDamage()
    names.push(api.name)
    // The first 8 bytes say which API it is, and so what is tested.
    const from = random.below(10) === 0 ? 0 : 8
    client.send(random.below(4) === 0 ? message : mutated(message, random, from))
  }
  await client.settle(names)
  client.wire.destroy()
}

/** A damaged stream: lengths that lie, frames cut off or one in the other. */
const brokenStream: CaseKind = async (tools) => {
  const { random } = tools
  const client = await Client.connect(tools)
  const parts = Array.from({ length: 1 + random.below(4) }, () => {
    const { message } = client.requestToDamage()
    const lie = random.pick([
      0,
      1,
      -1,
      message.length - 1,
      message.length + 1,
      2 ** 31 - 1,
      100_000,
    ])
    return framed(message, random.below(3) === 0 ? lie : message.length)
  })
  const stream = new Uint8Array(Buffer.concat(parts))
  const bytes = random.below(2) === 0 ? mutated(stream, random) : stream
  for (let at = 0; at < bytes.length;) {
    const size = random.pick([1, 3, 100, bytes.length])
    client.sendBytes(bytes.subarray(at, at + size))
    at += size
    if (size < 100 && at > 40) {
      client.sendBytes(bytes.subarray(at))
      break
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  await new Promise((resolve) => setTimeout(resolve, random.below(20)))
  client.wire.destroy()
}

/** Many small items in one request: what a byte of it costs must stay small. */
const crowd: CaseKind = async (tools) => {
  const { random } = tools
  const client = await Client.connect(tools)
  const arrayMax = random.pick([50, 300])
  await client.ask(client.request({ strangePercent: 10, arrayMax }))
  client.wire.destroy()
}

/** Many requests at once whose answers nobody waits for, and the end in the middle of them. */
const hasty: CaseKind = async (tools) => {
  const { random } = tools
  const client = await Client.connect(tools)
  for (let count = random.below(30); count > 0; count--) client.send(client.request().message)
  if (random.below(2) === 0) await new Promise((resolve) => setTimeout(resolve, random.below(30)))
  client.wire.destroy()
}

/** Two connections whose requests come in turns, as of two members of a group. */
const together: CaseKind = async (tools) => {
  const { random } = tools
  const clients = [await Client.connect(tools), await Client.connect(tools)]
  const names = random.pick(stories)
  await Promise.all(
    clients.map(async (client) => {
      for (const apiName of names) {
        if (!client.wire.isClosed) await client.ask(client.request({ apiName, strangePercent: 2 }))
      }
    }),
  )
  for (const { wire } of clients) wire.destroy()
}

export const caseKinds: readonly {
  readonly name: string
  readonly run: CaseKind
  readonly weight: number
}[] = [
  { name: 'story', run: story, weight: 30 },
  { name: 'together', run: together, weight: 15 },
  { name: 'anything', run: anything, weight: 15 },
  { name: 'damaged', run: damaged, weight: 25 },
  { name: 'broken stream', run: brokenStream, weight: 8 },
  { name: 'hasty', run: hasty, weight: 5 },
  { name: 'crowd', run: crowd, weight: 2 },
]
