/** Reads the context of a trace from headers that a program gives a record. */

import type { TextMapGetter } from '@opentelemetry/api'
import type { OutgoingRecord } from '../client/settings/instrumentation.ts'

const utf8 = new TextDecoder()

export const headerGetter: TextMapGetter<OutgoingRecord['headers']> = {
  keys: (headers) => headers.map(({ key }) => key),
  /** Of several with one name it is the last, as for who receives them. */
  get(headers, name) {
    const value = headers.findLast(({ key }) => key === name)?.value
    return value instanceof Uint8Array ? utf8.decode(value) : (value ?? undefined)
  },
}
