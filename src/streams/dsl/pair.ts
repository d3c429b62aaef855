/** What joins make of two records where the program does not say: a list of both. */

import type { Serde } from '../../client/record/serde.ts'
import type { JoinType } from '../operators/stream-join.ts'
import { plain, serdeOfCodec, type Codec } from '../stores/codec.ts'
import type { TopologyNode } from '../topology/topology-node.ts'

export function pair(left: unknown, right: unknown): [unknown, unknown] {
  return [left, right]
}

/** Returns how pairs are carried: as JSON, which has no `undefined` for who is not there. */
export function pairSerde(
  type: JoinType,
  [left, right]: readonly [left: TopologyNode, right: TopologyNode],
): Serde<unknown> | undefined {
  return serdeOfCodec(pairCodec(type, left.codecs.value, right.codecs.value))
}

function pairCodec(type: JoinType, left: Codec, right: Codec): Codec {
  if (type === 'inner' && left === plain && right === plain) return plain
  return {
    pack: (both) => {
      if (both === undefined) return undefined
      const [one, other] = both as [unknown, unknown]
      return [left.pack(one) ?? null, right.pack(other) ?? null]
    },
    unpack: (both) => {
      if (both === undefined || both === null) return both
      const [one, other] = both as [unknown, unknown]
      return [left.unpack(one) ?? undefined, right.unpack(other) ?? undefined]
    },
  }
}
