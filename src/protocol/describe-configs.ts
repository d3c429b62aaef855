/**
 * DescribeConfigs: lists the configs of topics, brokers and other resources (KIP-133).
 *
 * Versions 0–4. Version 1 tells where a value comes from instead of only whether it is the default
 * (KIP-226), 3 adds types and documentation (KIP-569), 4 is flexible (KIP-482).
 */

import { api } from './api.ts'
import {
  array,
  boolean,
  errorText,
  int16,
  int32,
  int8,
  nullableArray,
  nullableString,
  optional,
  since,
  string,
  within,
} from './codec.ts'
import { struct } from './struct.ts'

export const describeConfigs = api({
  name: 'DescribeConfigs',
  key: 32,
  versions: { min: 0, max: 4, flexibleFrom: 4 },
  request: struct({
    resources: array(
      struct({
        resourceType: int8,
        resourceName: string,
        configurationKeys: optional(nullableArray(string), null),
      }),
    ),
    includeSynonyms: since(1, boolean, false),
    includeDocumentation: since(3, boolean, false),
  }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    results: array(
      struct({
        errorCode: int16,
        errorMessage: optional(errorText, null),
        resourceType: int8,
        resourceName: string,
        configs: optional(
          array(
            struct({
              name: string,
              value: nullableString,
              readOnly: optional(boolean, false),
              isDefault: within({ max: 0 }, boolean, false),
              configSource: since(1, int8, -1),
              isSensitive: optional(boolean, false),
              synonyms: since(
                1,
                array(struct({ name: string, value: nullableString, source: int8 })),
                [],
              ),
              configType: since(3, int8, 0),
              documentation: since(3, nullableString, null),
            }),
          ),
          [],
        ),
      }),
    ),
  }),
})
