/**
 * Where the fields of a record batch (format v2) are, in bytes from its start. Constants of their
 * own, and no object, so that bundlers write the numbers where they are used.
 */

export const baseOffset = 0
export const batchLength = 8
export const partitionLeaderEpoch = 12
export const magic = 16
export const crc = 17
export const attributes = 21
export const lastOffsetDelta = 23
export const baseTimestamp = 27
export const maxTimestamp = 35
export const producerId = 43
export const producerEpoch = 51
export const baseSequence = 53
export const recordCount = 57
export const records = 61
