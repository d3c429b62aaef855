/** Requests of every API and version that the broker serves, as messages and as frames. */

import { advertisedApis, handlerOf } from '../../../src/broker/handlers.ts'
import { ByteReader } from '../../../src/bytes/reader.ts'
import { ByteWriter } from '../../../src/bytes/writer.ts'
import { encodingOf, readWhole, type Api } from '../../../src/protocol/api.ts'
import { apiVersions } from '../../../src/protocol/api-versions.ts'
import { readResponseHeader, writeRequestHeader } from '../../../src/protocol/client-header.ts'
import type { SeededRandom } from '../../support/random.ts'
import { boundsOf } from './bounds.ts'
import type { Knowledge } from './known-values.ts'
import { valueFor } from './random-values.ts'

export interface FuzzedRequest {
  readonly api: Api
  readonly version: number
  readonly correlationId: number
  /** Without its length. */
  readonly message: Uint8Array
  /** Whether the client asked not to be answered. */
  readonly isUnanswered: boolean
}

export interface RequestPlan {
  readonly random: SeededRandom
  readonly known: Knowledge
  readonly correlationId: number
  /** Of an API of that name. @default any */
  readonly apiName?: string
  readonly strangePercent: number
  readonly arrayMax: number
}

/** More than a client has to say; what each of them may cost is watched, not what all do. */
const itemsMax = 10_000
const recordsMaxBytes = 1024 * 1024

const byName = new Map(
  advertisedApis.map(({ apiKey }) => [handlerOf(apiKey)!.api.name, handlerOf(apiKey)!]),
)

export const apiNames: readonly string[] = [...byName.keys()]

/** Returns a request that is well-formed, whatever it asks for. */
export function randomRequest(plan: RequestPlan): FuzzedRequest {
  const { random, correlationId } = plan
  const { api, min, max } = byName.get(plan.apiName ?? random.pick(apiNames))!
  const version = random.below(2) === 0 ? max : min + random.below(max - min + 1)
  const encoding = encodingOf(api, version)
  const recipe = { ...plan, encoding, budget: { items: itemsMax, bytes: recordsMaxBytes } }
  const body = valueFor(api.request, recipe, { name: '', parent: '' })
  if (api.name === 'AlterClientQuotas') forNobodyElse(body as QuotaBody)
  const writer = new ByteWriter()
  const clientId = random.pick(['fuzzer', 'fuzzed-client', null, ''])
  writeRequestHeader(writer, { api, version, correlationId, clientId })
  api.request.write(writer, body, encoding)
  const isUnanswered = api.name === 'Produce' && (body as { acks: number }).acks === 0
  return { api, version, correlationId, message: writer.finish().slice(), isUnanswered }
}

interface QuotaBody {
  readonly entries: readonly {
    readonly entity: { entityName: string | null }[]
    readonly ops: { value: number }[]
  }[]
}

/** A small quota makes its clients wait for weeks, as it should: so none of those gets one. */
function forNobodyElse({ entries }: QuotaBody): void {
  for (const { entity, ops } of entries) {
    const isLarge = ops.every(({ value }) => value >= 1e6)
    for (const part of entity) {
      if (!isLarge || !part.entityName) part.entityName = 'somebody'
    }
  }
}

/** Returns a request that every connection is answered that still works. */
export function probe(correlationId: number): FuzzedRequest {
  return requestOf(apiVersions, 0, correlationId, {})
}

/** Returns a request that says just this. */
export function requestOf<Request, Response, Input, ResponseInput>(
  api: Api<Request, Response, Input, ResponseInput>,
  version: number,
  correlationId: number,
  body: Input,
): FuzzedRequest {
  const writer = new ByteWriter()
  writeRequestHeader(writer, { api, version, correlationId, clientId: 'fuzzer' })
  api.request.write(writer, body, encodingOf(api, version))
  const message = writer.finish().slice()
  return { api: api as Api, version, correlationId, message, isUnanswered: false }
}

/** @throws where the answer is not one that the protocol has */
export function readAnswer({ api, version }: FuzzedRequest, message: Uint8Array): unknown {
  const reader = new ByteReader(message)
  readResponseHeader(reader, api, version)
  return readWhole(api.response, reader, encodingOf(api, version))
}

export function framed(message: Uint8Array, length = message.length): Uint8Array {
  const frame = new Uint8Array(4 + message.length)
  new DataView(frame.buffer).setInt32(0, length)
  frame.set(message, 4)
  return frame
}

/** Returns `message` with some of its bytes changed, from `from` on. */
export function mutated(message: Uint8Array, random: SeededRandom, from = 0): Uint8Array {
  let result = message.slice()
  for (let count = 1 + random.below(4); count > 0; count--) result = mutate(result, random, from)
  return result
}

function mutate(message: Uint8Array, random: SeededRandom, from: number): Uint8Array<ArrayBuffer> {
  const at = from + random.below(Math.max(1, message.length - from))
  const result = message.slice()
  if (at >= result.length) return result
  switch (random.below(7)) {
    case 0:
      result[at]! ^= 1 << random.below(8)
      return result
    case 1:
      result[at] = random.below(256)
      return result
    case 2:
      return overwrite(result, at, random)
    case 3:
      return result.slice(0, at)
    case 4: {
      const end = Math.min(result.length, at + 1 + random.below(20))
      return joined(result.subarray(0, at), result.subarray(end))
    }
    case 5: {
      const end = Math.min(result.length, at + 1 + random.below(40))
      const piece = result.subarray(at, end)
      return joined(result.subarray(0, end), piece, result.subarray(end))
    }
    default:
      return joined(result, random.bytes(random.below(20)))
  }
}

/** Puts a bound of some width there: the length of something, as often as not. */
function overwrite(
  message: Uint8Array<ArrayBuffer>,
  at: number,
  random: SeededRandom,
): Uint8Array<ArrayBuffer> {
  const width = random.pick([1, 2, 4, 8])
  if (random.below(4) === 0) {
    // An unsigned varint at its bound.
    message.set([0xff, 0xff, 0xff, 0xff, 0x0f].slice(-Math.min(5, message.length - at)), at)
    return message
  }
  let value = random.pick(boundsOf(width * 8))
  for (let index = Math.min(width, message.length - at) - 1; index >= 0; index--) {
    message[at + index] = Number(value & 0xffn)
    value >>= 8n
  }
  return message
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts))
}
