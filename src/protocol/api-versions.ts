/**
 * ApiVersions: lists the APIs that a broker speaks, and its features. The first request of a
 * client.
 *
 * Versions 0–5. Version 1 adds the throttle time, 3 is flexible (KIP-482), names the client
 * (KIP-511) and lists features (KIP-584), 4 lists features whose lowest version is 0, 5 names the
 * cluster and node that the client wants (KIP-1242). The tag that says whether a cluster may leave
 * ZooKeeper is skipped as unknown ones are.
 *
 * A version that the broker lacks is answered in version 0, with UNSUPPORTED_VERSION; and the
 * response has header version 0 in all versions, so that a client of any age can read it.
 */

import { api } from './api.ts'
import { array, int16, int32, int64, nullableString, since, string, tagged } from './codec.ts'
import { struct } from './struct.ts'

export const apiVersions = api({
  name: 'ApiVersions',
  key: 18,
  versions: { min: 0, max: 5, flexibleFrom: 3 },
  request: struct({
    clientSoftwareName: since(3, string, ''),
    clientSoftwareVersion: since(3, string, ''),
    clusterId: since(5, nullableString, null),
    nodeId: since(5, int32, -1),
  }),
  response: struct({
    errorCode: int16,
    apiKeys: array(struct({ apiKey: int16, minVersion: int16, maxVersion: int16 })),
    throttleTimeMs: since(1, int32, 0),
    supportedFeatures: tagged(
      { number: 0, min: 3 },
      array(struct({ name: string, minVersion: int16, maxVersion: int16 })),
      [],
    ),
    finalizedFeaturesEpoch: tagged({ number: 1, min: 3 }, int64, -1),
    finalizedFeatures: tagged(
      { number: 2, min: 3 },
      array(struct({ name: string, maxVersionLevel: int16, minVersionLevel: int16 })),
      [],
    ),
  }),
})
