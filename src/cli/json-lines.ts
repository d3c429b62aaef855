/**
 * Records as lines of JSON, without loss: what `consume` writes, `produce` reads back to the same
 * bytes.
 *
 * A key or value is written as what it is: `value` where it is JSON that reads back to the same
 * bytes, `valueText` for other UTF-8 text, `valueBase64` for the rest, and `"value": null` for a
 * tombstone. Keys likewise, except that text is the usual case there: `key` is always text.
 * Headers are pairs, since a name may come twice.
 */

export interface RawRecord {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly { readonly key: string; readonly value: Uint8Array | null }[]
  readonly timestampMs: number | undefined
  readonly partition: number | undefined
  readonly offset?: number
}

/** A line that is not a record; the message says what is wrong with it. */
export class BadLineError extends Error {
  override readonly name = 'BadLineError'
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

/** What some programs end lines at, in the middle of a record. */
const otherLineEnds = /[\u2028\u2029]/g

/** Returns `record` as one line of JSON, without the line's end. */
export function formatLine(record: RawRecord & { readonly topic?: string }): string {
  const line: Record<string, unknown> = {}
  if (record.topic !== undefined) line['topic'] = record.topic
  if (record.partition !== undefined) line['partition'] = record.partition
  if (record.offset !== undefined) line['offset'] = record.offset
  if (record.timestampMs !== undefined) line['timestamp'] = record.timestampMs
  addKey(line, record.key)
  addValue(line, record.value)
  if (record.headers.length > 0) {
    line['headers'] = record.headers.map(({ key, value }) => [key, headerValue(value)])
  }
  return JSON.stringify(line).replace(otherLineEnds, escaped)
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16)}`
}

function addKey(line: Record<string, unknown>, key: Uint8Array | null): void {
  const text = key === null ? null : textOf(key)
  if (text === undefined) line['keyBase64'] = base64(key!)
  else line['key'] = text
}

function addValue(line: Record<string, unknown>, value: Uint8Array | null): void {
  if (value === null) {
    line['value'] = null
    return
  }
  const text = textOf(value)
  if (text === undefined) {
    line['valueBase64'] = base64(value)
    return
  }
  const json = canonicalJson(text)
  if (json === undefined) line['valueText'] = text
  else line['value'] = json
}

/** Returns the value of `text` where printing it gives the same text again; null is a tombstone. */
function canonicalJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return value !== null && JSON.stringify(value) === text ? value : undefined
  } catch {
    // Most values that are not JSON are plain text, which is no error here.
    return undefined
  }
}

/** Returns the text that `bytes` are the UTF-8 of, or `undefined` where they are not. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    // Not text: the caller writes it as base64.
    return undefined
  }
}

function headerValue(value: Uint8Array | null): unknown {
  if (value === null) return null
  return textOf(value) ?? { base64: base64(value) }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

/** Reads what `formatLine` writes, and lines written by hand. @throws BadLineError */
export function parseLine(given: string | Uint8Array): RawRecord {
  const text = typeof given === 'string' ? given : textOf(given)
  if (text === undefined) throw new BadLineError('not UTF-8')
  let line: unknown
  try {
    // Files of Windows begin with a mark of their byte order, which JSON leaves to its readers.
    line = JSON.parse(text.replace(/^\ufeff/, ''))
  } catch (cause) {
    throw new BadLineError(`not JSON: ${(cause as Error).message}`, { cause })
  }
  if (typeof line !== 'object' || line === null || Array.isArray(line)) {
    throw new BadLineError('not a JSON object')
  }
  const fields = line as Readonly<Record<string, unknown>>
  checkNames(fields)
  return {
    key: parseKey(fields),
    value: parseValue(fields),
    headers: parseHeaders(fields['headers']),
    timestampMs: parseInteger(fields, 'timestamp'),
    partition: parseInteger(fields, 'partition'),
  }
}

const names = ['topic', 'partition', 'offset', 'timestamp', 'key', 'keyBase64', 'headers']
const valueNames = ['value', 'valueText', 'valueBase64']

function checkNames(fields: Readonly<Record<string, unknown>>): void {
  for (const name of Object.keys(fields)) {
    if (!names.includes(name) && !valueNames.includes(name)) {
      throw new BadLineError(
        `unknown field '${name}'; a record has ${[...names, ...valueNames].join(', ')}`,
      )
    }
  }
  const given = valueNames.filter((name) => name in fields)
  if (given.length !== 1) {
    throw new BadLineError(`one of ${valueNames.join(', ')} is needed, found ${given.length}`)
  }
}

function parseKey(fields: Readonly<Record<string, unknown>>): Uint8Array | null {
  const { key = null, keyBase64 } = fields
  if (keyBase64 !== undefined) return parseBase64(keyBase64, 'keyBase64')
  if (key === null) return null
  if (typeof key !== 'string') throw new BadLineError(`'key' must be text or null`)
  return encoder.encode(key)
}

function parseValue(fields: Readonly<Record<string, unknown>>): Uint8Array | null {
  const { value, valueText, valueBase64 } = fields
  if (valueBase64 !== undefined) return parseBase64(valueBase64, 'valueBase64')
  if (valueText !== undefined) {
    if (typeof valueText !== 'string') throw new BadLineError(`'valueText' must be text`)
    return encoder.encode(valueText)
  }
  return value === null ? null : encoder.encode(JSON.stringify(value))
}

function parseHeaders(headers: unknown): RawRecord['headers'] {
  if (headers === undefined) return []
  const isObject = typeof headers === 'object' && headers !== null
  if (!isObject) throw new BadLineError(`'headers' must be pairs or an object`)
  const pairs: unknown[] = Array.isArray(headers) ? headers : Object.entries(headers)
  return pairs.map((pair) => {
    const [key, value] = Array.isArray(pair) ? (pair as unknown[]) : []
    if (typeof key !== 'string') throw new BadLineError(`a header must be a [name, value] pair`)
    return { key, value: parseHeaderValue(value) }
  })
}

function parseHeaderValue(value: unknown): Uint8Array | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return encoder.encode(value)
  const { base64: encoded } = value as { readonly base64?: unknown }
  if (encoded === undefined) throw new BadLineError(`a header is text, null or {"base64": …}`)
  return parseBase64(encoded, 'base64 of a header')
}

function parseBase64(value: unknown, name: string): Uint8Array {
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(value)) {
    throw new BadLineError(`'${name}' is not base64`)
  }
  return new Uint8Array(Buffer.from(value, 'base64'))
}

function parseInteger(fields: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = fields[name]
  if (value === undefined || value === null) return undefined
  if (!Number.isSafeInteger(value)) throw new BadLineError(`'${name}' must be an integer`)
  return value as number
}
