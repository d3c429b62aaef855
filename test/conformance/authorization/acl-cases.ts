/** Requests about ACLs, right and wrong, for both brokers: what they say about each must agree. */

import { createAcls } from '../../../src/protocol/create-acls.ts'
import { deleteAcls } from '../../../src/protocol/delete-acls.ts'
import { describeAcls } from '../../../src/protocol/describe-acls.ts'
import { request, type MatrixRequest } from './matrix-request.ts'

const acl = {
  resourceType: 2,
  resourceName: 'x-topic',
  resourcePatternType: 3,
  principal: 'User:x-user',
  host: '*',
  operation: 3,
  permissionType: 3,
}
const filter = {
  resourceTypeFilter: 2,
  resourceNameFilter: 'x-topic',
  patternTypeFilter: 2,
  principalFilter: null,
  hostFilter: null,
  operation: 1,
  permissionType: 1,
}

/** Codes that there are not, that are for filters alone, and that no request may have. */
const oddCodes = [99, 2, 1, 0, -1]

const creations: readonly Partial<typeof acl>[] = [
  {},
  {},
  { resourceName: '' },
  { resourceName: '*' },
  { resourceName: 'x-', resourcePatternType: 4 },
  { resourceType: 4 },
  { resourceType: 4, resourceName: 'kafka-cluster' },
  { resourceType: 6 },
  { resourceType: 7, resourceName: 'User:x-user' },
  { operation: 9 },
  { operation: 15 },
  { permissionType: 2 },
  { host: '' },
  { host: 'x-host' },
  { principal: 'User:' },
  { principal: 'Group:x-group' },
  { principal: '' },
  { principal: 'x-user' },
  ...oddCodes.flatMap((code) => [
    { resourceType: code },
    { resourcePatternType: code },
    { operation: code },
    { permissionType: code },
  ]),
]

const filters: readonly (
  | Partial<typeof filter>
  | { principalFilter?: string; hostFilter?: string }
)[] = [
  {},
  { patternTypeFilter: 1 },
  { patternTypeFilter: 3 },
  { patternTypeFilter: 4 },
  { resourceNameFilter: 'x-' },
  { resourceNameFilter: '*' },
  { resourceNameFilter: '' },
  { principalFilter: 'User:x-user' },
  { principalFilter: 'x-user' },
  { hostFilter: 'x-host' },
  { operation: 3 },
  { permissionType: 2 },
  ...oddCodes.flatMap((code) => [
    { resourceTypeFilter: code },
    { patternTypeFilter: code },
    { operation: code },
    { permissionType: code },
  ]),
]

const mine = { ...filter, resourceTypeFilter: 1, patternTypeFilter: 1 }
/** Takes away all that the cases have made: names that begin with x-, and the odd ones. */
const cleaning = ['x-topic', 'x-', '*', 'kafka-cluster', 'User:x-user'].flatMap((name) =>
  ['User:x-user', 'User:', 'Group:x-group', '', 'x-user'].map((principalFilter) => ({
    ...mine,
    resourceNameFilter: name,
    principalFilter,
  })),
)

export const aclCases: readonly MatrixRequest[] = [
  ...[1, 3].flatMap((version) =>
    creations.map((change) => {
      const what = JSON.stringify(change)
      return request(createAcls, { creations: [{ ...acl, ...change }] }, { what, version })
    }),
  ),
  ...[1, 3].flatMap((version) =>
    filters.map((change) => {
      const what = JSON.stringify(change)
      return request(describeAcls, { ...filter, ...change }, { what, version })
    }),
  ),
  ...filters.map((change) => {
    const what = JSON.stringify(change)
    return request(deleteAcls, { filters: [{ ...filter, ...change }, filter] }, { what })
  }),
  request(deleteAcls, { filters: cleaning }, { what: 'all' }),
]
