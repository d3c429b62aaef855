/**
 * The plan of a join by a foreign key. Where all rows are in one place it is one operator; with
 * several partitions a row and the one that it names may be with different tasks, which write to
 * each other through two topics: subscriptions, and the answers to them.
 */

import type { Answer } from '../operators/foreign-key-messages.ts'
import type { RecordFunction } from '../operators/stateless.ts'
import { TopologyNode, type Site } from '../topology/topology-node.ts'

type Inputs = readonly [left: TopologyNode, right: TopologyNode]

export interface ForeignKeyParts {
  readonly foreignKeyOf: RecordFunction
  readonly select: (left: unknown, right: unknown, key: unknown) => unknown
  readonly name: string | undefined
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
    facts: { strategy: 'foreign key' },
    make: ({ ForeignKeyJoin }, _, [left, right]) =>
      new ForeignKeyJoin({ type, ...parts, left: left!.view!, right: right!.view! }),
    across: (site) => (site.partitionCount > 1 ? planAcross(type, site, parts) : undefined),
  })
}

function planAcross(
  type: 'inner' | 'left',
  { name, inputs, countOf, placingOf, move }: Site,
  { foreignKeyOf, select }: Omit<ForeignKeyParts, 'name'>,
): TopologyNode {
  const [left, right] = inputs as Inputs
  const subscribe = new TopologyNode({
    kind: 'subscribe',
    name: `${name}/subscribe`,
    inputs: [left],
    make: ({ ForeignKeySubscribe }, context) => new ForeignKeySubscribe(foreignKeyOf, context),
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
    make: ({ ForeignKeyAnswer }, _, before) => new ForeignKeyAnswer(before[1]!.view!),
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
    facts: { strategy: 'foreign key, across partitions' },
    make: ({ ForeignKeyResult }, _, before) =>
      new ForeignKeyResult({ type, left: before[0]!.view!, foreignKeyOf, select }),
  })
}

export function pair(left: unknown, right: unknown): [unknown, unknown] {
  return [left, right]
}
