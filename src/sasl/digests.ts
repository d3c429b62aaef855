/**
 * Hashes of the platform, the same in Node, browsers and at the edge: WebCrypto, whose slow part,
 * PBKDF2, runs beside the event loop.
 */

export type HashName = 'SHA-256' | 'SHA-512'

export async function digest(hash: HashName, data: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await subtle().digest(hash, data as BufferSource))
}

/** @throws RangeError where `key` is empty, which the platform has no word for */
export async function hmac(hash: HashName, key: Uint8Array, data: Uint8Array): Promise<Uint8Array> {
  if (key.length === 0) throw new RangeError('an HMAC needs a key')
  const algorithm = { name: 'HMAC', hash }
  const imported = await subtle().importKey('raw', key as BufferSource, algorithm, false, ['sign'])
  return new Uint8Array(await subtle().sign('HMAC', imported, data as BufferSource))
}

/** PBKDF2 with HMAC, as long as the hash: `Hi` of RFC 5802. */
export async function stretch(
  hash: HashName,
  password: string,
  { salt, iterations }: { readonly salt: Uint8Array; readonly iterations: number },
): Promise<Uint8Array> {
  const bytes = new TextEncoder().encode(password)
  const key = await subtle().importKey('raw', bytes, 'PBKDF2', false, ['deriveBits'])
  const algorithm = { name: 'PBKDF2', hash, salt: salt as BufferSource, iterations }
  return new Uint8Array(await subtle().deriveBits(algorithm, key, digestBytes(hash) * 8))
}

export function digestBytes(hash: HashName): number {
  return hash === 'SHA-256' ? 32 : 64
}

/** Compares in a time that says nothing of where two values differ. */
export function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false
  let difference = 0
  for (let index = 0; index < left.length; index++) difference |= left[index]! ^ right[index]!
  return difference === 0
}

function subtle(): SubtleCrypto {
  // Browsers withhold it from pages that came over plain HTTP.
  const found = globalThis.crypto?.subtle as SubtleCrypto | undefined
  if (!found) throw new Error('there is no WebCrypto here: the page has to come over HTTPS')
  return found
}
