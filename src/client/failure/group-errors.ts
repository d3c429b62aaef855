/**
 * What a broker answers to members of groups, to transactions, and to those who authenticate: also
 * errors that producing and consuming do not meet.
 */

import {
  deliveryErrors,
  errorNames,
  retriableDeliveryErrors,
} from '../../protocol/delivery-errors.ts'
import { groupErrors, retriableGroupErrors } from '../../protocol/group-errors.ts'
import { brokerError, deliveryFailures } from './delivery-errors.ts'
import { GroupCoordinatorError, KafkaError } from './errors.ts'
import { RebalanceInProgressError, UnauthorizedError } from './errors.ts'
import type { BrokerAnswer, KnownErrors } from './delivery-errors.ts'

export const groupFailures: KnownErrors = {
  ...errorNames(
    { ...deliveryErrors, ...groupErrors },
    { ...retriableDeliveryErrors, ...retriableGroupErrors },
  ),
  classes: {
    ...deliveryFailures.classes,
    NOT_COORDINATOR: GroupCoordinatorError,
    ILLEGAL_GENERATION: RebalanceInProgressError,
    UNKNOWN_MEMBER_ID: RebalanceInProgressError,
    REBALANCE_IN_PROGRESS: RebalanceInProgressError,
    FENCED_MEMBER_EPOCH: RebalanceInProgressError,
    STALE_MEMBER_EPOCH: RebalanceInProgressError,
    GROUP_AUTHORIZATION_FAILED: UnauthorizedError,
  },
}

/** As `throwIfError` of `delivery-errors.ts`, knowing these errors, too. @throws KafkaError */
export function throwIfError(action: string, answer: BrokerAnswer): void {
  if (answer.errorCode !== 0) throw brokerError(action, answer, groupFailures)
}

const passingCodes: ReadonlySet<string> = new Set([
  'topic_not_found',
  'partition_not_found',
  'rebalance_in_progress',
])

/**
 * Whether a member that could not take partitions over may be able to later. They may have been
 * deleted since they were assigned: then they are taken away again. Who is no member any more
 * hears so with the next heartbeat, and joins again.
 */
export function isPassing(error: unknown): error is KafkaError {
  return KafkaError.is(error) && (error.retriable || passingCodes.has(error.code))
}
