/**
 * An error that somebody else's request or data is to blame for. A stack would be of interest to
 * nobody, and take ten times as long as all else: a request with ten thousand mistakes would stop
 * everybody for a while.
 */
export class ExpectedError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(message, options)
    Error.stackTraceLimit = stackTraceLimit
  }
}
