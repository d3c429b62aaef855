/** Percent-encoding, as in URLs, read the way people mean it. */

/** Returns `text` decoded. A `%` that encodes nothing stands for itself. */
export function percentDecoded(text: string): string {
  return text.replace(/(%[\da-f]{2})+/gi, (encoded) => {
    try {
      return decodeURIComponent(encoded)
    } catch {
      // No UTF-8: nobody has encoded it.
      return encoded
    }
  })
}
