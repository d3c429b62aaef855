/**
 * AlterUserScramCredentials: sets and removes SCRAM credentials of users (KIP-554).
 *
 * Version 0, flexible.
 */

import { api } from './api.ts'
import {
  array,
  bytes,
  errorText,
  int16,
  int32,
  int8,
  optional,
  string,
  type InputOf,
  type ValueOf,
} from './codec.ts'
import { struct } from './struct.ts'

export const alterUserScramCredentials = api({
  name: 'AlterUserScramCredentials',
  key: 51,
  versions: { min: 0, max: 0, flexibleFrom: 0 },
  request: struct({
    deletions: optional(array(struct({ name: string, mechanism: int8 })), []),
    upsertions: optional(
      array(
        struct({
          name: string,
          mechanism: int8,
          iterations: int32,
          salt: bytes,
          saltedPassword: bytes,
        }),
      ),
      [],
    ),
  }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    results: array(
      struct({
        user: string,
        errorCode: int16,
        errorMessage: optional(errorText, null),
      }),
    ),
  }),
})

export type AlterUserScramCredentialsRequest = ValueOf<typeof alterUserScramCredentials.request>
export type AlterUserScramCredentialsRequestInput = InputOf<
  typeof alterUserScramCredentials.request
>
