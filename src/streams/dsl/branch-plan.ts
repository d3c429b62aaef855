/** The plans of branches: each record goes to the first test that it passes. */

import { InvalidOptionError } from '../../client/failure/errors.ts'
import type { RecordFunction } from '../operators/stateless.ts'
import { TopologyNode } from '../topology/topology-node.ts'
import type { NamedOptions } from './origin.ts'
import { sinkOf } from './sink-plans.ts'

/** Returns a node for each test: of the records that pass it, and none before it. */
export function armNodes(
  input: TopologyNode,
  tests: readonly RecordFunction[],
  { name }: NamedOptions,
): TopologyNode[] {
  if (tests.length === 0) {
    throw new InvalidOptionError({ option: 'branches', expected: 'one or more', actual: '' })
  }
  const branch = new TopologyNode({
    kind: 'branch',
    name,
    inputs: [input],
    keepsValue: true,
    make: ({ Branch }, context) => new Branch(tests, context),
  })
  return tests.map((_, number) => {
    return new TopologyNode({
      kind: 'arm',
      inputs: [branch],
      keepsValue: true,
      make: ({ Arm }) => new Arm(number),
    })
  })
}

/** Returns the end of a stream whose records go to a topic for each test. */
export function branchesNode(
  input: TopologyNode,
  branches: readonly (readonly [RecordFunction, string])[],
  options: NamedOptions,
): TopologyNode {
  const tests = branches.map(([test]) => test)
  const arms = armNodes(input, tests, options)
  const sinks = arms.map((arm, number) => sinkOf(arm, branches[number]![1]))
  const first = arms[0]!.inputs[0]!
  return new TopologyNode({
    kind: 'branches',
    name: `${first.name}/all`,
    inputs: sinks,
    first,
    make: ({ Merge }) => new Merge(sinks.length),
  })
}
