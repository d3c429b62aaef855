/**
 * `ownership-overlap`, `stale-owner`, `zombie-commit`: who owned which partition in which generation
 * of a group. Members learn late that they own something no more, and may go on reading it for a
 * while; what must not happen is that two own it in one generation, or that a commit of the old
 * owner is taken once there is a new one.
 */

import type { Findings } from './findings.ts'
import type { Line } from './history.ts'
import type { History } from './operations.ts'

interface Owner {
  readonly member: string
  readonly epoch: number | undefined
  readonly op: number
}

interface Event {
  readonly t: number
  readonly op: number
  readonly line: Line
}

export function findOwnershipFaults(history: History, findings: Findings): void {
  /** By group and key: owners that have not given it up, the last one being the newest. */
  const owners = new Map<string, Owner[]>()
  /** By group, key and generation: the first owner. */
  const byEpoch = new Map<string, Owner>()
  for (const event of eventsInOrder(history)) {
    const { f, group = '' } = event.line
    if (f === 'assign') assign(history, findings, { event, group, owners, byEpoch })
    else if (f === 'revoke') release(owners, event.line)
    else if (f === 'commit') checkCommit(history, findings, { event, group, owners })
  }
}

/** Assignments count from when they are known, commits from when they are asked for. */
function eventsInOrder(history: History): Event[] {
  const events: Event[] = []
  for (const [op, line] of history.details) {
    if (line.group === undefined || line.member === undefined) continue
    if (line.f === 'commit' && history.typeOf(op) === 'ok') {
      events.push({ t: history.invokedUs.at(op), op, line })
    } else if (line.f === 'assign' || line.f === 'revoke') {
      events.push({ t: history.completedUs.at(op), op, line })
    }
  }
  return events.sort((a, b) => a.t - b.t)
}

function assign(
  history: History,
  findings: Findings,
  state: {
    event: Event
    group: string
    owners: Map<string, Owner[]>
    byEpoch: Map<string, Owner>
  },
): void {
  const { event, group, owners, byEpoch } = state
  const { op, line } = event
  const owner: Owner = { member: line.member!, epoch: line.epoch, op }
  const assigned = new Set(line.keys)
  // What a member is not assigned any more it does not own any more.
  for (const [place, list] of owners) {
    const [ofGroup, key] = JSON.parse(place) as [string, string]
    if (ofGroup === group && !assigned.has(key)) drop(list, owner.member)
  }
  for (const key of assigned) {
    const place = JSON.stringify([group, key])
    const list = owners.get(place) ?? []
    owners.set(place, list)
    drop(list, owner.member)
    const other = list.at(-1)
    const number = history.keys.numberOf(key)
    if (other !== undefined && other.epoch !== owner.epoch) {
      findings.add('stale-owner', number, () => ({
        text: `${group}: ${other.member} has not given it up yet, ${owner.member} owns it`,
        ops: [other.op, op],
      }))
    }
    list.push(owner)
    list.sort((a, b) => (a.epoch ?? 0) - (b.epoch ?? 0))
    if (owner.epoch === undefined) continue
    const epochPlace = JSON.stringify([group, key, owner.epoch])
    const first = byEpoch.get(epochPlace)
    if (first === undefined) byEpoch.set(epochPlace, owner)
    else if (first.member !== owner.member) {
      findings.add('ownership-overlap', number, () => ({
        text: `${group}: ${first.member} and ${owner.member} in generation ${owner.epoch}`,
        ops: [first.op, op],
      }))
    }
  }
}

function drop(owners: Owner[], member: string): void {
  const index = owners.findIndex((owner) => owner.member === member)
  if (index >= 0) owners.splice(index, 1)
}

function release(owners: Map<string, Owner[]>, { group, member, keys }: Line): void {
  for (const key of keys ?? []) drop(owners.get(JSON.stringify([group, key])) ?? [], member!)
}

function checkCommit(
  history: History,
  findings: Findings,
  { event, group, owners }: { event: Event; group: string; owners: Map<string, Owner[]> },
): void {
  const { member, epoch, offsets } = event.line
  if (epoch === undefined) return
  for (const key of Object.keys(offsets ?? {})) {
    const newest = owners.get(JSON.stringify([group, key]))?.at(-1)
    if (!newest || newest.member === member || (newest.epoch ?? -1) <= epoch) continue
    findings.add('zombie-commit', history.keys.numberOf(key), () => ({
      text: `${group}: ${member} of generation ${epoch}, ${newest.member} owns it in ${newest.epoch}`,
      ops: [newest.op, event.op],
    }))
  }
}
