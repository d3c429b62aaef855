/** Base64 (RFC 4648), strict: what SCRAM sends salts, proofs and signatures in. */

const pattern = /^(?:[a-zA-Z0-9/+]{4})*(?:[a-zA-Z0-9/+]{3}=|[a-zA-Z0-9/+]{2}==)?$/

export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}

/** Returns `undefined` where `text` is not base64 with its padding. */
export function fromBase64(text: string): Uint8Array | undefined {
  if (!pattern.test(text)) return undefined
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0))
}
