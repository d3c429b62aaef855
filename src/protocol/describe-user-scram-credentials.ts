/**
 * DescribeUserScramCredentials: lists the SCRAM mechanisms and iterations of users (KIP-554).
 *
 * Version 0, flexible.
 */

import { api } from './api.ts'
import { array, errorText, int16, int32, int8, nullableArray, optional, string } from './codec.ts'
import { struct } from './struct.ts'

export const describeUserScramCredentials = api({
  name: 'DescribeUserScramCredentials',
  key: 50,
  versions: { min: 0, max: 0, flexibleFrom: 0 },
  request: struct({
    users: optional(nullableArray(struct({ name: string })), null),
  }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    errorCode: int16,
    errorMessage: optional(errorText, null),
    results: optional(
      array(
        struct({
          user: string,
          errorCode: int16,
          errorMessage: optional(errorText, null),
          credentialInfos: optional(array(struct({ mechanism: int8, iterations: int32 })), []),
        }),
      ),
      [],
    ),
  }),
})
