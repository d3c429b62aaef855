/** What a group's client is told that cannot have what it asks for. */

import { errorCodes } from '../../protocol/error-codes.ts'
import { RequestError, refusalOf } from '../request-error.ts'

export function groupNotFound(groupId: string): RequestError {
  return new RequestError('GROUP_ID_NOT_FOUND', `Group ${groupId} not found.`)
}

export function unknownMember(groupId: string, memberId: string): RequestError {
  const message = `Member ${memberId} is not a member of group ${groupId}.`
  return new RequestError('UNKNOWN_MEMBER_ID', message)
}

/** @throws RequestError where a group is asked for that must have a name */
export function checkGroupId(groupId: string): void {
  if (groupId === '') throw new RequestError('INVALID_GROUP_ID', 'The group id is empty.')
}

/** Returns what `action` does, or, where it is refused, what `refuse` makes of that. */
export function attempt<Answer>(
  action: () => Answer,
  refuse: (errorCode: number, message: string) => Answer,
): Answer {
  try {
    return action()
  } catch (error) {
    const { errorCode, errorMessage } = refusalOf(error)
    // Clients take it for final, though it may pass, as a full disk does. Kafka says this instead.
    const isOfDisk = errorCode === errorCodes.KAFKA_STORAGE_ERROR
    return refuse(isOfDisk ? errorCodes.NOT_COORDINATOR : errorCode, errorMessage)
  }
}

/** Returns the code of the error with which `check` is refused, or that of none. */
export function errorCodeOf(check: () => void): number {
  return attempt<number>(
    () => {
      check()
      return errorCodes.NONE
    },
    (errorCode) => errorCode,
  )
}
