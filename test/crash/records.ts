/**
 * The values of records: an id that is sent once, where it was sent to, and a filling that follows
 * from both, so that a record that was mixed up or damaged is known when it is read.
 */

export const topic = 'crash'
export const partitionCount = 3

export const keyOf = (partition: number): string => `${topic}-${partition}`

export function encodeValue(id: string, partition: number, fillingLength: number): string {
  return `${id} ${partition} ${filling(id, fillingLength)}`
}

/** Returns the id, or, where the value is not what was sent to this partition, all of it. */
export function decodeValue(value: string, partition: number): string {
  const [id = '', sentTo, text = ''] = value.split(' ')
  const isIntact = Number(sentTo) === partition && text === filling(id, text.length)
  return isIntact ? id : `damaged: ${value}`
}

function filling(id: string, length: number): string {
  return `${id},`.repeat(Math.ceil(length / (id.length + 1))).slice(0, length)
}
