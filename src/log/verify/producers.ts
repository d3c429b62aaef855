/** What the batches of a log say of their producers: sequences, and transactions that are open. */

import type { BatchHeader } from '../../record/batch.ts'
import { readMarker } from '../log-state.ts'
import type { ProducerSnapshot } from '../producer/producer-snapshot.ts'
import type { SeenAbort } from './indexes.ts'

interface SeenProducer {
  readonly epoch: number
  readonly lastSequence: number
  readonly lastOffset: number
}

/** Why a log may lack batches. */
export interface Gaps {
  readonly isCompacted: boolean
  /** Offsets from which a repair has given records up. */
  readonly givenUp: ReadonlySet<number>
}

export class ProducerVerifier {
  readonly #last = new Map<number, SeenProducer>()
  readonly #transactions = new Map<number, number>()

  /** Takes a data batch; returns what is wrong with its sequence. */
  data(header: BatchHeader): string | undefined {
    const { producerId, producerEpoch: epoch, baseOffset, baseSequence } = header
    if (producerId < 0) return undefined
    if (header.isTransactional && !this.#transactions.has(producerId)) {
      this.#transactions.set(producerId, baseOffset)
    }
    // A coordinator writes its own records without sequences, in transactions too.
    if (baseSequence < 0) return undefined
    const before = this.#last.get(producerId)
    const lastSequence = (baseSequence + header.lastOffsetDelta) & 0x7fff_ffff
    this.#last.set(producerId, { epoch, lastSequence, lastOffset: header.lastOffset })
    if (!before || before.epoch !== epoch) return undefined
    const hasWrapped = before.lastSequence - baseSequence > 2 ** 30
    if (baseSequence > before.lastSequence || hasWrapped) return undefined
    const what = `producer ${producerId} has sequence ${baseSequence}`
    return `${what} at offset ${baseOffset}, after ${before.lastSequence}`
  }

  /** Takes a control batch; returns the transaction that it aborts. */
  control(bytes: Uint8Array, header: BatchHeader): SeenAbort | undefined {
    const marker = readMarker(bytes, header)
    if (!marker) return undefined
    const { producerId } = header
    const firstOffset = this.#transactions.get(producerId)
    this.#transactions.delete(producerId)
    // The end of a transaction may raise the epoch (KIP-890); sequences then begin anew.
    if (this.#last.get(producerId)?.epoch !== header.producerEpoch) this.#last.delete(producerId)
    if (marker.result === 'commit') return undefined
    return { producerId, markerOffset: header.baseOffset, firstOffset }
  }

  /**
   * Returns what a snapshot at this place of the log says that the log does not. Compaction keeps
   * only the very last batch of a producer, so that older snapshots know of batches that are gone;
   * so they do of those that a repair has given up.
   */
  compare({ producers }: ProducerSnapshot, { isCompacted, givenUp }: Gaps): string | undefined {
    for (const [producerId, { epoch, batches }] of producers) {
      const seen = this.#last.get(producerId)
      const last = batches.at(-1)
      // Retention removes batches of producers that are remembered.
      if (!seen || !last || epoch !== seen.epoch) continue
      const isSame = last.lastSequence === seen.lastSequence && last.lastOffset === seen.lastOffset
      const wasCompacted = isCompacted && last.lastOffset > seen.lastOffset
      const wasGivenUp = [...givenUp].some(
        (offset) => offset > seen.lastOffset && offset <= last.lastOffset,
      )
      if (isSame || wasCompacted || wasGivenUp) continue
      return (
        `producer ${producerId} ends with sequence ${last.lastSequence} at offset ` +
        `${last.lastOffset}; in the log it is ${seen.lastSequence} at ${seen.lastOffset}`
      )
    }
    return undefined
  }
}
