/**
 * SaslHandshake: agrees on a SASL mechanism before the client authenticates.
 *
 * Versions 0–1, never flexible. After version 0 the tokens of the mechanism follow as bare frames,
 * after version 1 in SaslAuthenticate requests (KIP-152).
 */

import { api } from './api.ts'
import { array, int16, string } from './codec.ts'
import { struct } from './struct.ts'

export const saslHandshake = api({
  name: 'SaslHandshake',
  key: 17,
  versions: { min: 0, max: 1, flexibleFrom: Infinity },
  request: struct({ mechanism: string }),
  response: struct({ errorCode: int16, mechanisms: array(string) }),
})
