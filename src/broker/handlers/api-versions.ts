/**
 * ApiVersions: what the broker serves, in which versions. It is what clients ask first, so a
 * version that we do not know is answered, too, with what to ask instead (KIP-511).
 */

import type { ResponseInputOf } from '../../protocol/api.ts'
import type { apiVersions } from '../../protocol/api-versions.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { features } from '../features.ts'
import type { AdvertisedApi, Handler } from '../request-context.ts'

type Response = ResponseInputOf<typeof apiVersions>

/** What a client may put in the names it gives of itself: others end up in logs and metrics. */
const softwareName = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/

export const handleApiVersions: Handler<typeof apiVersions> = (request, context) => {
  const { broker, session, version } = context
  const names = [request.clientSoftwareName, request.clientSoftwareVersion]
  if (version >= 3 && !names.every((name) => softwareName.test(name))) {
    return { errorCode: errorCodes.INVALID_REQUEST, apiKeys: [] }
  }
  if (broker.authentication.isOutOfOrder(session)) {
    return { errorCode: errorCodes.ILLEGAL_SASL_STATE, apiKeys: [] }
  }
  session.hasVersions = true
  return answer(broker.apis, version)
}

/** The answer to a version that we do not know, in the layout of version 0. */
export function unsupportedVersion(apis: readonly AdvertisedApi[]): Response {
  return { ...answer(apis, 0), errorCode: errorCodes.UNSUPPORTED_VERSION }
}

function answer(apis: readonly AdvertisedApi[], version: number): Response {
  return {
    errorCode: errorCodes.NONE,
    apiKeys: apis,
    // Older clients cannot read a feature that starts at 0 (KAFKA-17492).
    supportedFeatures: features
      .filter(({ minVersion }) => version >= 4 || minVersion > 0)
      .map(({ name, minVersion, maxVersion }) => ({ name, minVersion, maxVersion })),
    finalizedFeaturesEpoch: 0,
    // A range of one: the cluster is at a level of each feature, and tools print both ends.
    finalizedFeatures: features.map(({ name, level }) => {
      return { name, minVersionLevel: level, maxVersionLevel: level }
    }),
  }
}
