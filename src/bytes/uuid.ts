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
  for (let index = 0; index < 16; index += 3) {
    const group = (bytes[index]! << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0)
    text += alphabet[group >>> 18]! + alphabet[(group >>> 12) & 63]!
    if (index < 15) text += alphabet[(group >>> 6) & 63]! + alphabet[group & 63]!
  }
  return text
}

/** Returns the 16 bytes of `text`. @throws RangeError where it is not such an id */
export function uuidToBytes(text: string): Uint8Array {
  if (text.length !== 22) throw new RangeError(`'${text}' is not a 22-character id`)
  const bytes = new Uint8Array(16)
  let bits = 0
  let bitCount = 0
  let length = 0
  for (let index = 0; index < 22; index++) {
    const value = values[text.charCodeAt(index)] ?? notInAlphabet
    if (value === notInAlphabet) throw new RangeError(`'${text}' is not a base64url id`)
    bits = ((bits << 6) | value) & 0xffff
    bitCount += 6
    if (bitCount >= 8 && length < 16) {
      bitCount -= 8
      bytes[length++] = (bits >>> bitCount) & 0xff
    }
  }
  return bytes
}

/** Returns the text form of a random version-4 UUID made from 16 random bytes. */
export function randomUuid(random: Uint8Array): string {
  const bytes = random.slice(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return uuidFromBytes(bytes)
}
