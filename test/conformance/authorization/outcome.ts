/** What of an answer tells who is allowed what: error codes, operations, and what it names. */

export type Outcome = string | number | readonly Outcome[] | { readonly [name: string]: Outcome }

const codes = /errorcode$|authorizedoperations$/i
const identities =
  /^(name|topic|topicName|groupId|transactionalId|resourceName|key|user|partitionIndex|partitionId)$/
/** What each broker has its own of, and which is open to who may ask at all. */
const namesOfBrokers = new Set(['configs', 'listeners'])
/** Internal topics, of which two brokers have not the same. */
const internal = /^__/

/** Returns what is left of an answer, sorted, since the order of a list means nothing here. */
export function outcomeOf(answer: unknown): Outcome {
  return reduced(answer) ?? 'nothing'
}

function reduced(value: unknown): Outcome | undefined {
  if (Array.isArray(value)) {
    const entries = value.map(reduced).filter((entry) => entry !== undefined)
    if (entries.length === 0) return undefined
    return entries.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  }
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return undefined
  const found: Record<string, Outcome> = {}
  for (const [name, field] of Object.entries(value)) {
    if (namesOfBrokers.has(name)) continue
    if (codes.test(name)) found[name] = field as number
    else if (identities.test(name) && (typeof field === 'string' || typeof field === 'number')) {
      if (internal.test(String(field))) return undefined
      found[name] = field
    } else {
      const inner = reduced(field)
      if (inner !== undefined) found[name] = inner
    }
  }
  return Object.keys(found).length === 0 ? undefined : found
}
