/**
 * UpdateFeatures: raises or lowers the finalized features of the cluster (KIP-584).
 *
 * Versions 0–2, all flexible. Version 1 can only validate and knows unsafe downgrades (KIP-778), 2
 * drops the result of each feature (KIP-1022).
 */

import { api } from './api.ts'
import {
  array,
  boolean,
  errorText,
  int16,
  int32,
  int8,
  optional,
  since,
  string,
  within,
} from './codec.ts'
import { struct } from './struct.ts'

export const updateFeatures = api({
  name: 'UpdateFeatures',
  key: 57,
  versions: { min: 0, max: 2, flexibleFrom: 0 },
  request: struct({
    timeoutMs: optional(int32, 60_000),
    featureUpdates: array(
      struct({
        feature: string,
        maxVersionLevel: int16,
        allowDowngrade: within({ max: 0 }, boolean, false),
        upgradeType: since(1, int8, 1),
      }),
    ),
    validateOnly: since(1, boolean, false),
  }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    errorCode: int16,
    errorMessage: optional(errorText, null),
    results: within(
      { max: 1 },
      array(
        struct({
          feature: string,
          errorCode: int16,
          errorMessage: optional(errorText, null),
        }),
      ),
      [],
    ),
  }),
})
