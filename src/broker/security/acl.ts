/** An ACL, as the broker keeps it. */

/** Stands for every name, every host and, after `User:`, every user. */
export const wildcard = '*'

/** Who may, or may not, do what. Its numbers are Kafka's codes. */
export interface Acl {
  readonly resourceType: number
  /** A name or, of a prefixed pattern, what names begin with. */
  readonly resourceName: string
  readonly patternType: number
  /** A type and a name, such as `User:alice`. */
  readonly principal: string
  readonly host: string
  readonly operation: number
  readonly permissionType: number
}
