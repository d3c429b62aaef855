/**
 * The plan of a join by a foreign key. Where all rows are in one place it is one operator; with
 * several partitions a row and the one that it names may be with different tasks, which write to
 * each other through two topics: subscriptions, and the answers to them.
 */

import type { ForeignKeyCodecs } from '../operators/foreign-key-answer.ts'
import type { Answer } from '../operators/foreign-key-messages.ts'
import type { RecordFunction } from '../operators/stateless.ts'
import { codecOfParts, serdeOfCodec } from '../stores/codec.ts'
import { TopologyNode, type CarriedSerdes, type Site } from '../topology/topology-node.ts'

type Inputs = readonly [left: TopologyNode, right: TopologyNode]

export interface ForeignKeyParts {
  readonly foreignKeyOf: RecordFunction
  readonly select: (left: unknown, right: unknown, key: unknown) => unknown
  readonly name: string | undefined
  /** How the results are bytes. */
  readonly carried: CarriedSerdes
}

/** Returns the plan that joins each left row with the right one that it names. */
export function foreignKeyPlan(
  type: 'inner' | 'left',
  inputs: Inputs,
  { name, ...parts }: ForeignKeyParts,
): TopologyNode {
  return new TopologyNode({
    kind: `${type}Join`,
    name,
    inputs,
    isByKey: true,
    carried: carriedOf(inputs, parts),
    facts: { strategy: 'foreign key' },
    make: ({ ForeignKeyJoin }, _, [left, right], node) =>
      new ForeignKeyJoin({
        type,
        ...parts,
        left: left!.view!,
        right: right!.view!,
        keys: keyCodecs(node.inputs as Inputs),
      }),
    across: (site) => (site.partitionCount > 1 ? planAcross(type, site, parts) : undefined),
  })
}

function planAcross(
  type: 'inner' | 'left',
  { name, inputs, countOf, placingOf, move }: Site,
  { foreignKeyOf, select, ...parts }: Omit<ForeignKeyParts, 'name'>,
): TopologyNode {
  const [left, right] = inputs as Inputs
  const keys = keyCodecs([left, right])
  const subscribe = new TopologyNode({
    kind: 'subscribe',
    name: `${name}/subscribe`,
    inputs: [left],
    carried: { key: right.carried.key, value: serdeOfCodec(codecOfParts({ key: keys.left })) },
    keepsKey: false,
    make: ({ ForeignKeySubscribe }, context) =>
      new ForeignKeySubscribe(foreignKeyOf, context, left.codecs.value),
  })
  const subscriptions = move(subscribe, {
    name: subscribe.name,
    partitions: countOf(right),
    placing: placingOf(right),
  })
  const answer = new TopologyNode({
    kind: 'answer',
    name: `${name}/answer`,
    inputs: [subscriptions, right],
    carried: {
      key: left.carried.key,
      value: serdeOfCodec(codecOfParts({ row: right.codecs.value })),
    },
    keepsKey: false,
    make: ({ ForeignKeyAnswer }, _, before) => new ForeignKeyAnswer(before[1]!.view!, keys),
  })
  const answers = move(answer, {
    name: answer.name,
    partitions: countOf(left),
    placing: placingOf(left),
    placedBy: (_, value) => (value as Answer).partition,
  })
  return new TopologyNode({
    kind: `${type}Join`,
    name,
    inputs: [left, answers],
    carried: carriedOf([left, right], parts),
    facts: { strategy: 'foreign key, across partitions' },
    make: ({ ForeignKeyResult }, _, before, { codecs }) =>
      new ForeignKeyResult({
        type,
        left: before[0]!.view!,
        foreignKeyOf,
        select,
        rows: left.codecs.value,
        codecs,
      }),
  })
}

/** Results have the keys of the left table. */
function carriedOf([left]: Inputs, { carried }: Pick<ForeignKeyParts, 'carried'>): CarriedSerdes {
  return { key: left.carried.key, value: carried.value }
}

function keyCodecs([left, right]: Inputs): ForeignKeyCodecs {
  return { left: left.codecs.key, right: right.codecs.key }
}
