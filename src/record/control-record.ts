/**
 * Control records: the transaction markers that a coordinator writes into partitions. A control
 * batch holds one record:
 *
 *     key    version int16, type int16 (0 abort, 1 commit)
 *     value  version int16, coordinatorEpoch int32
 *
 * Types that a reader does not know are to be skipped, not refused (KIP-98).
 */

import { InvalidBatchError } from './batch.ts'
import { writeBatch } from './batch-writer.ts'

export type TransactionResult = 'abort' | 'commit'

const results = ['abort', 'commit'] as const
const keyVersion = 0
const valueVersion = 0

export interface ControlRecordKey {
  readonly version: number
  /** `undefined` for a type that is not known here. */
  readonly type: TransactionResult | undefined
}

export interface EndTransactionMarker {
  readonly version: number
  /** Epoch of the coordinator: a marker of an older one is out of date. */
  readonly coordinatorEpoch: number
}

export interface MarkerBatchOptions {
  readonly result: TransactionResult
  readonly producerId: number
  readonly producerEpoch: number
  readonly coordinatorEpoch: number
  /** Milliseconds since 1970. */
  readonly timestamp: number
}

/** Reads the key of a control record. @throws InvalidBatchError */
export function readControlRecordKey(key: Uint8Array | null): ControlRecordKey {
  checkKey(key)
  const view = new DataView(key.buffer, key.byteOffset, key.length)
  const version = view.getInt16(0)
  if (version < 0) throw invalid(`control record version ${version}`)
  return { version, type: results[view.getInt16(2)] }
}

/**
 * Whether `key` is that of an abort: all that a reader of records has to know of a marker.
 *
 * @throws InvalidBatchError
 */
export function isAbortKey(key: Uint8Array | null): boolean {
  checkKey(key)
  return key[2] === 0 && key[3] === 0
}

function checkKey(key: Uint8Array | null): asserts key is Uint8Array {
  if (key === null || key.length < 4) throw invalid('a control record without a type')
}

/** Reads the value of an abort or a commit. @throws InvalidBatchError */
export function readEndTransactionMarker(value: Uint8Array | null): EndTransactionMarker {
  if (value === null || value.length < 6) throw invalid('a transaction marker without its value')
  const view = new DataView(value.buffer, value.byteOffset, value.length)
  const version = view.getInt16(0)
  if (version < 0) throw invalid(`transaction marker version ${version}`)
  return { version, coordinatorEpoch: view.getInt32(2) }
}

/** Returns the control batch that ends a transaction of one producer in one partition. */
export function writeMarkerBatch(options: MarkerBatchOptions): Uint8Array {
  const key = new DataView(new ArrayBuffer(4))
  key.setInt16(0, keyVersion)
  key.setInt16(2, results.indexOf(options.result))
  const value = new DataView(new ArrayBuffer(6))
  value.setInt16(0, valueVersion)
  value.setInt32(2, options.coordinatorEpoch)
  const record = {
    key: new Uint8Array(key.buffer),
    value: new Uint8Array(value.buffer),
    timestamp: options.timestamp,
  }
  const { producerId, producerEpoch } = options
  const batch = writeBatch([record], {
    producerId,
    producerEpoch,
    isTransactional: true,
    isControl: true,
  })
  // Only a codec makes it a promise.
  return batch as Uint8Array
}

function invalid(reason: string): InvalidBatchError {
  return new InvalidBatchError('INVALID_RECORD', reason)
}
