/**
 * The ACLs of one principal, arranged for the question that every request asks: by type of
 * resource, then by name, so that an answer takes as long with a hundred thousand ACLs as with one.
 * Names that begin with a prefix are found by asking for each length that prefixes have.
 */

import { asConnected } from '../ip-address.ts'
import { wildcard } from './acl.ts'
import { aclOperations, aclPatternTypes, aclPermissions } from '../../protocol/acl-codes.ts'
import type { Acl } from './acl.ts'

/** What ACLs say of a request. Who denies is stronger than who allows. */
export type Verdict = 'deny' | 'allow' | undefined

/** One ACL, as far as it is not known from where it is. */
interface Rule {
  readonly acl: Acl
  /** As connections have it. */
  readonly host: string
  /** A bit for each operation that it speaks of, by Kafka's codes. */
  readonly operations: number
  readonly isDenial: boolean
}

type RulesByName = Map<string, Rule[]>

interface RulesOfType {
  readonly literal: RulesByName
  readonly prefixed: RulesByName
  /** How many prefixes there are of each length. */
  readonly prefixLengths: Map<number, number>
}

export interface Question {
  readonly resourceType: number
  readonly resourceName: string
  readonly operation: number
  readonly host: string
}

export class AclRules {
  readonly #byType: (RulesOfType | undefined)[] = []

  add(acl: Acl): void {
    const ofType = this.#ofType(acl.resourceType)
    const byName = namesFor(ofType, acl)
    const rules = byName.get(acl.resourceName)
    if (rules) {
      rules.push(ruleOf(acl))
      return
    }
    byName.set(acl.resourceName, [ruleOf(acl)])
    if (byName === ofType.prefixed) count(ofType.prefixLengths, acl.resourceName.length, 1)
  }

  remove(acl: Acl): void {
    const ofType = this.#ofType(acl.resourceType)
    const byName = namesFor(ofType, acl)
    const left = (byName.get(acl.resourceName) ?? []).filter((rule) => rule.acl !== acl)
    if (left.length > 0) {
      byName.set(acl.resourceName, left)
    } else if (byName.delete(acl.resourceName) && byName === ofType.prefixed) {
      count(ofType.prefixLengths, acl.resourceName.length, -1)
    }
  }

  get isEmpty(): boolean {
    return this.#byType.every(
      (ofType) => !ofType || ofType.literal.size + ofType.prefixed.size === 0,
    )
  }

  /** Returns what the ACLs say, where they say anything. */
  verdict(question: Question): Verdict {
    const ofType = this.#byType[question.resourceType]
    if (!ofType) return undefined
    const { resourceName } = question
    const bit = 1 << question.operation
    let verdict = judge(ofType.literal.get(resourceName), bit, question.host)
    if (verdict === 'deny') return verdict
    verdict = stronger(verdict, judge(ofType.literal.get(wildcard), bit, question.host))
    for (const length of ofType.prefixLengths.keys()) {
      if (verdict === 'deny') return verdict
      if (length > resourceName.length) continue
      const rules = ofType.prefixed.get(resourceName.slice(0, length))
      verdict = stronger(verdict, judge(rules, bit, question.host))
    }
    return verdict
  }

  /** The ACLs of a type of resource that apply to a host and name the operation, or all of them. */
  *naming({ resourceType, operation, host }: Omit<Question, 'resourceName'>): Iterable<Acl> {
    const ofType = this.#byType[resourceType]
    if (!ofType) return
    for (const byName of [ofType.literal, ofType.prefixed]) {
      for (const rules of byName.values()) {
        for (const rule of rules) {
          const { acl } = rule
          const isNamed = acl.operation === operation || acl.operation === aclOperations.all
          if (isNamed && appliesTo(rule, host)) yield acl
        }
      }
    }
  }

  #ofType(type: number): RulesOfType {
    return (this.#byType[type] ??= {
      literal: new Map<string, Rule[]>(),
      prefixed: new Map<string, Rule[]>(),
      prefixLengths: new Map<number, number>(),
    })
  }
}

export function stronger(one: Verdict, other: Verdict): Verdict {
  if (one === 'deny' || other === 'deny') return 'deny'
  return one ?? other
}

function judge(rules: readonly Rule[] | undefined, bit: number, host: string): Verdict {
  if (!rules) return undefined
  let verdict: Verdict
  for (const rule of rules) {
    if ((rule.operations & bit) === 0 || !appliesTo(rule, host)) continue
    if (rule.isDenial) return 'deny'
    verdict = 'allow'
  }
  return verdict
}

function appliesTo(rule: Rule, host: string): boolean {
  return rule.host === wildcard || rule.host === host
}

function namesFor(ofType: RulesOfType, { patternType }: Acl): RulesByName {
  return patternType === aclPatternTypes.prefixed ? ofType.prefixed : ofType.literal
}

function count(counts: Map<number, number>, key: number, change: number): void {
  const next = (counts.get(key) ?? 0) + change
  if (next > 0) counts.set(key, next)
  else counts.delete(key)
}

function ruleOf(acl: Acl): Rule {
  const isDenial = acl.permissionType === aclPermissions.deny
  const operations = operationBits(acl.operation, isDenial)
  return { acl, host: asConnected(acl.host), operations, isDenial }
}

const { read, write, alter, describe, alterConfigs, describeConfigs } = aclOperations
const implyDescribe: readonly number[] = [read, write, aclOperations.delete, alter]

/** Who may do some things may see what they are done to; who may not do them may still see it. */
function operationBits(operation: number, isDenial: boolean): number {
  if (operation === aclOperations.all) return -1
  // A later Kafka may have written it, of an operation that nobody here asks about.
  if (operation > aclOperations.twoPhaseCommit) return 0
  let bits = 1 << operation
  if (!isDenial && implyDescribe.includes(operation)) bits |= 1 << describe
  if (!isDenial && operation === alterConfigs) bits |= 1 << describeConfigs
  return bits
}
