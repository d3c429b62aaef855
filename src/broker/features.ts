/**
 * The features of Kafka that clients and tools look for, and the levels that this broker is at:
 * those of Kafka 4.3. They are what it is, so no level can be changed.
 */

export interface Feature {
  readonly name: string
  readonly minVersion: number
  readonly maxVersion: number
  readonly level: number
}

export const features: readonly Feature[] = Object.freeze([
  { name: 'group.version', minVersion: 0, maxVersion: 1, level: 1 },
  { name: 'metadata.version', minVersion: 7, maxVersion: 30, level: 30 },
  { name: 'transaction.version', minVersion: 0, maxVersion: 2, level: 2 },
])
