/**
 * UnregisterBroker: takes a broker off the list that is not coming back (KIP-500).
 *
 * Version 0, flexible.
 */

import { api } from './api.ts'
import { errorText, int16, int32, optional } from './codec.ts'
import { struct } from './struct.ts'

export const unregisterBroker = api({
  name: 'UnregisterBroker',
  key: 64,
  versions: { min: 0, max: 0, flexibleFrom: 0 },
  request: struct({
    brokerId: int32,
  }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    errorCode: int16,
    errorMessage: optional(errorText, null),
  }),
})
