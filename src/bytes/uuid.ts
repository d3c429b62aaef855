/**
 * 16-byte ids in Kafka's text form: base64url without padding, 22 characters. Topic ids and
 * KIP-848 member ids are written so in Kafka's files, tools and logs.
 */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const notInAlphabet = 0xff
const values = new Uint8Array(128).fill(notInAlphabet)
for (let index = 0; index < 64; index++) values[alphabet.charCodeAt(index)] = index

/** The id that stands for "none". */
export const zeroUuid = 'AAAAAAAAAAAAAAAAAAAAAA'

/** Returns the text form of 16 bytes. */
export function uuidFromBytes(bytes: Uint8Array): string {
  let text = ''
  for (let bit = 0; bit < 128; bit += 6) {
    const pair = (bytes[bit >> 3]! << 8) | (bytes[(bit >> 3) + 1] ?? 0)
    text += alphabet[(pair >> (10 - (bit & 7))) & 63]!
  }
  return text
}

/** Returns the 16 bytes of `text`. @throws RangeError where it is not such an id */
export function uuidToBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(16)
  for (let index = 0; index < 22; index++) {
    const value = values[text.charCodeAt(index)] ?? notInAlphabet
    if (value === notInAlphabet || text.length !== 22) {
      throw new RangeError(`'${text}' is not an id of 22 base64url characters`)
    }
    const bit = index * 6
    const pair = value << (10 - (bit & 7))
    bytes[bit >> 3]! |= pair >> 8
    // Behind the last byte nothing is left to be written.
    bytes[(bit >> 3) + 1]! |= pair
  }
  return bytes
}
