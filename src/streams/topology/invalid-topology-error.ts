/** A topology that cannot work as it is; the message says what is in the way. */
export class InvalidTopologyError extends Error {
  /** The name of the class, also where names were minified. */
  override readonly name = 'InvalidTopologyError'
}
