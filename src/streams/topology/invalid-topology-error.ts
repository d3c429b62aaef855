/** A topology that cannot work as it is; the message says what is in the way. */
export class InvalidTopologyError extends Error {
  override readonly name = 'InvalidTopologyError'
}
