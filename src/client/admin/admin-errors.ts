/**
 * What a broker answers to an administrator: any error of the protocol, also those that producers
 * and consumers do not meet.
 */

import { errorName, isRetriable } from '../../protocol/error-codes.ts'
import { brokerError as errorOf, type BrokerAnswer } from '../failure/delivery-errors.ts'
import { type KafkaError } from '../failure/errors.ts'
import { groupFailures } from '../failure/group-errors.ts'

const { classes } = groupFailures

/** As `brokerError` of `delivery-errors.ts`, knowing all errors of the protocol. */
export function brokerError(action: string, answer: BrokerAnswer): KafkaError {
  return errorOf(action, answer, { errorName, isRetriable, classes })
}

/** @throws KafkaError where `answer` is an error */
export function throwIfError(action: string, answer: BrokerAnswer): void {
  if (answer.errorCode !== 0) throw brokerError(action, answer)
}
