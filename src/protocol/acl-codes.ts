/** Kafka's codes for what ACLs are about, in requests and records; `any` is for filters alone. */

export const aclOperations = Object.freeze({
  any: 1,
  all: 2,
  read: 3,
  write: 4,
  create: 5,
  delete: 6,
  alter: 7,
  describe: 8,
  clusterAction: 9,
  describeConfigs: 10,
  alterConfigs: 11,
  idempotentWrite: 12,
  createTokens: 13,
  describeTokens: 14,
  twoPhaseCommit: 15,
})
export type AclOperation = keyof typeof aclOperations

export const aclResourceTypes = Object.freeze({
  any: 1,
  topic: 2,
  group: 3,
  cluster: 4,
  transactionalId: 5,
  delegationToken: 6,
  user: 7,
})
export type AclResourceType = keyof typeof aclResourceTypes

/** `match` is for filters, too. */
export const aclPatternTypes = Object.freeze({ any: 1, match: 2, literal: 3, prefixed: 4 })
export const aclPermissions = Object.freeze({ any: 1, deny: 2, allow: 3 })
