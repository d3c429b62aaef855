/** The bits of a record batch's attributes, each a constant of its own, as in `batch-layout.ts`. */

export const compressionMask = 0x07
export const logAppendTime = 0x08
export const transactional = 0x10
export const control = 0x20
/** The base timestamp is the time from which the log cleaner may drop tombstones (KIP-534). */
export const deleteHorizon = 0x40
