/**
 * What a topology leaves behind between two runs, and what of it must not change: the topics of its
 * own, and what its operators remember. A program that changes either would lose something, or take
 * one thing for another, and say nothing.
 */

import { bytes, json, string, type Serde } from '../../client/record/serde.ts'
import type { CutTopology, SubTopology } from './sub-topologies.ts'
import { nodesBefore, type NodeFacts, type TopologyNode } from './topology-node.ts'

/** What an operator remembers, and where. */
export interface StateShape {
  readonly kind: string
  readonly partitions: number
  /** The topic that it is kept in. */
  readonly changelog: string
  readonly facts: NodeFacts
}

export interface TopologyShape {
  /** By the names of nodes. */
  readonly states: Readonly<Record<string, StateShape>>
  /** How many partitions repartition topics have. */
  readonly topics: Readonly<Record<string, number>>
  /** How keys and values are bytes there, where they are not JSON. */
  readonly serdes?: Readonly<Record<string, string>>
}

/** Facts that may change: what is remembered is the same. */
const freeFacts = new Set(['graceMs', 'historyMs', 'ttlMs', 'maxKeys', 'maxScan'])

export interface ShapeParts extends CutTopology {
  /** Returns the names of the nodes of a part that have something to remember. */
  readonly statesOf: (part: SubTopology) => readonly string[]
  readonly changelogOf: (part: SubTopology) => string
}

export function shapeOf(cut: ShapeParts): TopologyShape {
  const states: Record<string, StateShape> = {}
  for (const part of cut.parts) {
    const names = new Set(cut.statesOf(part))
    for (const node of nodesBefore(part.ends)) {
      if (!names.has(node.name)) continue
      states[node.name] = {
        kind: node.kind,
        partitions: part.partitionCount,
        changelog: cut.changelogOf(part),
        facts: factsOf(node),
      }
    }
  }
  const serdes = Object.fromEntries(serdesOf(cut))
  const hasSerdes = Object.keys(serdes).length > 0
  const topics = Object.fromEntries(cut.repartitionTopics)
  return { states, topics, ...(hasSerdes ? { serdes } : {}) }
}

/** Returns the topics of our own that are not all JSON, with what they are. */
function serdesOf({ parts, repartitionTopics }: CutTopology): [string, string][] {
  const sources = parts.flatMap(({ ends }) => nodesBefore(ends))
  return sources.flatMap(({ source, serdes: { key, value } }): [string, string][] => {
    if (source === undefined || !repartitionTopics.has(source)) return []
    const text = `keys: ${nameOf(key)}, values: ${nameOf(value)}`
    return text === plainSerdes ? [] : [[source, text]]
  })
}

const plainSerdes = 'keys: json, values: json'

/** Returns, in words, what a program of the shape `now` would lose of what `before` left. */
export function lossesOf(before: TopologyShape, now: TopologyShape): string[] {
  const losses: string[] = []
  for (const [name, state] of Object.entries(before.states)) {
    const next = now.states[name]
    if (next) losses.push(...changesOf(name, state, next))
    else losses.push(`'${name}' (${state.kind}) is gone${renamed(state, before, now)}`)
  }
  for (const [topic, partitions] of Object.entries(before.topics)) {
    const next = now.topics[topic]
    if (next === undefined) losses.push(`topic '${topic}' is not read any more`)
    else if (next !== partitions) {
      losses.push(`topic '${topic}' has ${partitions} partitions, and should have ${next}`)
    }
    const [was, is] = [before, now].map(({ serdes }) => serdes?.[topic] ?? plainSerdes)
    if (next !== undefined && was !== is) losses.push(`topic '${topic}' had ${was}, now ${is}`)
  }
  return losses
}

/** Returns the states of `before` that a program of the shape `now` must not take for its own. */
export function lostStates(before: TopologyShape, now: TopologyShape): Map<string, StateShape> {
  const lost = Object.entries(before.states).filter(([name, state]) => {
    const next = now.states[name]
    return !next || changesOf(name, state, next).length > 0
  })
  return new Map(lost)
}

function changesOf(name: string, before: StateShape, now: StateShape): string[] {
  const flat = ({ facts, ...rest }: StateShape): NodeFacts => ({ ...rest, ...facts })
  const [old, next] = [flat(before), flat(now)]
  return [...new Set([...Object.keys(old), ...Object.keys(next)])]
    .sort()
    .filter((fact) => old[fact] !== next[fact])
    .map(
      (fact) => `'${name}': ${fact} was ${old[fact] ?? 'not set'}, is ${next[fact] ?? 'not set'}`,
    )
}

/** Names what is new and alike: most of what is gone has only got another name. */
function renamed(state: StateShape, before: TopologyShape, now: TopologyShape): string {
  const alike = Object.entries(now.states).filter(([name, { kind, facts }]) => {
    const isNew = before.states[name] === undefined
    return isNew && kind === state.kind && JSON.stringify(facts) === JSON.stringify(state.facts)
  })
  if (alike.length === 0) return ''
  return `; is it '${alike.map(([name]) => name).join("' or '")}' now, without its \`name\`?`
}

function factsOf({ facts, source, serdes, carried }: TopologyNode): NodeFacts {
  const kept = Object.entries(facts).filter(([fact]) => !freeFacts.has(fact))
  const { key, value } = source === undefined ? carried : serdes
  const named = { ...(key ? { key: nameOf(key) } : {}), ...(value ? { value: nameOf(value) } : {}) }
  return { ...Object.fromEntries(kept), ...named }
}

function nameOf(serde: Serde<unknown>): string {
  if (serde === json) return 'json'
  if (serde === string) return 'string'
  return serde === bytes ? 'bytes' : 'of its own'
}
