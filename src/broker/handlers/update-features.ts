/**
 * UpdateFeatures (KIP-584): holds what is asked for against what there is, as Kafka does. All
 * features are at the highest level already, which is also the only one that this broker has.
 */

import type { RequestOf } from '../../protocol/api.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { updateFeatures } from '../../protocol/update-features.ts'
import { features } from '../features.ts'
import { RequestError, refusalOf } from '../request-error.ts'
import type { Handler } from '../request-context.ts'
import { may, refused } from '../security/access.ts'

type Update = RequestOf<typeof updateFeatures>['featureUpdates'][number]

/** Kafka's numbers. */
const upgradeTypes = { upgrade: 1, safeDowngrade: 2, unsafeDowngrade: 3 } as const
const knownTypes: readonly number[] = Object.values(upgradeTypes)

export const handleUpdateFeatures: Handler<typeof updateFeatures> = (request, context) => {
  const { version } = context
  if (!may(context, 'alter', 'cluster')) return refusalOf(refused('cluster'))
  const { featureUpdates } = request
  try {
    checkNames(featureUpdates)
    for (const update of featureUpdates) checkUpdate(update, typeOf(update, version))
  } catch (error) {
    return refusalOf(error)
  }
  const results = featureUpdates.map(({ feature }) => ({ feature, errorCode: errorCodes.NONE }))
  return { errorCode: errorCodes.NONE, results }
}

function typeOf({ allowDowngrade, upgradeType }: Update, version: number): number {
  if (version > 0) return upgradeType
  return allowDowngrade ? upgradeTypes.safeDowngrade : upgradeTypes.upgrade
}

function checkNames(updates: readonly Update[]): void {
  const named = new Set<string>()
  for (const { feature } of updates) {
    if (named.has(feature)) {
      throw new RequestError('INVALID_REQUEST', `Feature ${feature} is named twice.`)
    }
    named.add(feature)
  }
}

function checkUpdate({ feature: name, maxVersionLevel: wanted }: Update, type: number): void {
  const reason = problemOf(name, wanted, type)
  if (reason === undefined) return
  const what = `Invalid update version ${wanted} for feature ${name}. ${reason}`
  const message = 'The update failed for all features since the following feature had an error: '
  throw new RequestError('INVALID_UPDATE_VERSION', message + what)
}

function problemOf(name: string, wanted: number, type: number): string | undefined {
  if (!knownTypes.includes(type)) return 'The controller does not support the given upgrade type.'
  if (wanted < 0) return 'A feature version cannot be less than 0.'
  const feature = features.find((one) => one.name === name)
  if (!feature) return 'The broker does not support this feature.'
  const { level, minVersion, maxVersion } = feature
  if (wanted < minVersion || wanted > maxVersion) {
    return `The broker only supports versions ${minVersion}-${maxVersion}.`
  }
  if (wanted === level) return undefined
  if (type === upgradeTypes.upgrade) {
    return (
      "Can't downgrade the version of this feature without setting the " +
      'upgrade type to either safe or unsafe downgrade.'
    )
  }
  return `This broker has no other level than ${level}.`
}
