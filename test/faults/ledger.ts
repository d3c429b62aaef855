/**
 * What a workload was told: everything that was acknowledged must be so for ever after, and nothing
 * may show that was never asked for.
 */

/** A record or an offset that was asked for; whether the answer came. */
export type Outcome = 'acknowledged' | 'unknown'

export class Ledger {
  /** Values by `topic-partition@offset` that were acknowledged as durable. */
  readonly acknowledged = new Map<string, string>()
  /** The same with `acks=1`: there after a kill, and after a power cut perhaps. */
  readonly written = new Map<string, string>()
  /** All values that were ever sent, by topic. */
  readonly sent = new Map<string, Set<string>>()
  /** Topics by what their last request asked for, and whether that was acknowledged. */
  readonly topics = new Map<string, { readonly exists: boolean; readonly outcome: Outcome }>()
  /** Values by transaction, and how it was asked to end. */
  readonly transactions: LedgerTransaction[] = []
  /** Offsets that a group has asked to commit, oldest first. */
  readonly commits: { readonly offset: number; readonly outcome: Outcome }[] = []
  /** Offsets below which deletion was asked for, and acknowledged, by `topic-partition`. */
  readonly deletions = new Map<string, { asked: number; acknowledged: number }>()
  /** The latest acknowledged value of each key of the compacted topic, and what came later. */
  readonly keys = new Map<string, { value: string; later: Set<string> }>()

  noteSent(topic: string, value: string): void {
    const values = this.sent.get(topic) ?? new Set()
    values.add(value)
    this.sent.set(topic, values)
  }

  /** Notes that `key` may have this value from now on. */
  noteKeySent(key: string, value: string): void {
    const known = this.keys.get(key) ?? { value: '', later: new Set() }
    known.later.add(value)
    this.keys.set(key, known)
  }

  noteKeyKept(key: string, value: string): void {
    this.keys.set(key, { value, later: new Set() })
  }
}

export interface LedgerTransaction {
  readonly values: readonly { readonly topic: string; readonly value: string }[]
  readonly asked: 'abort' | 'commit' | undefined
  readonly outcome: Outcome
}

/** Returns a ledger as JSON. */
export function encodeLedger(ledger: Ledger): string {
  return JSON.stringify(ledger, (_, value: unknown) => {
    if (value instanceof Map) return { asMap: [...value] }
    return value instanceof Set ? { asSet: [...value] } : value
  })
}

export function decodeLedger(text: string): Ledger {
  const fields = JSON.parse(text, (_, value: { asMap?: [string, unknown][]; asSet?: string[] }) => {
    if (value?.asMap) return new Map(value.asMap)
    return value?.asSet ? new Set(value.asSet) : value
  }) as Ledger
  return Object.assign(new Ledger(), fields)
}
