import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { BrokerHarness } from '../../../test/support/broker-harness.ts'
import { SaslClient } from '../../../test/support/sasl-client.ts'
import { createAcls, type CreateAclsRequestInput } from '../../protocol/create-acls.ts'
import { deleteAcls } from '../../protocol/delete-acls.ts'
import { describeAcls } from '../../protocol/describe-acls.ts'
import { errorCodes } from '../../protocol/error-codes.ts'

type Creation = CreateAclsRequestInput['creations'][number]

const root = { name: 'root', isCurrent: () => true }
let harness: BrokerHarness
let admin: SaslClient

beforeEach(() => {
  harness = new BrokerHarness({ broker: { authentication: 'required', superUsers: ['root'] } })
  admin = new SaslClient(harness, { user: root })
})

const topicRead: Creation = {
  resourceType: 2,
  resourceName: 'orders',
  resourcePatternType: 3,
  principal: 'User:ann',
  host: '*',
  operation: 3,
  permissionType: 3,
}
const anything = {
  resourceTypeFilter: 1,
  resourceNameFilter: null,
  patternTypeFilter: 1,
  principalFilter: null,
  hostFilter: null,
  operation: 1,
  permissionType: 1,
}

async function create(...changes: Partial<Creation>[]) {
  const creations = changes.map((change) => ({ ...topicRead, ...change }))
  return (await admin.request(createAcls, 3, { creations })).results
}

async function list(filter: Partial<typeof anything> & Record<string, unknown> = {}) {
  const { errorCode, resources } = await admin.request(describeAcls, 3, { ...anything, ...filter })
  assert.equal(errorCode, 0)
  return resources.flatMap(({ resourceName, patternType, acls }) =>
    acls.map(({ operation }) => `${resourceName}${patternType === 4 ? '…' : ''} ${operation}`),
  )
}

test('CreateAcls adds each ACL once, and they outlive the broker', async () => {
  const codes = (await create({}, {}, { operation: 4 })).map(({ errorCode }) => errorCode)
  assert.deepEqual(codes, [0, 0, 0])
  await create({ resourceName: 'or', resourcePatternType: 4 })
  assert.deepEqual(await list(), ['orders 3', 'orders 4', 'or… 3'])
  await harness.restart()
  assert.deepEqual(await list(), ['orders 3', 'orders 4', 'or… 3'])
})

test('CreateAcls refuses what is no ACL, and adds the others', async () => {
  const invalid: [Partial<Creation>, string][] = [
    [{ resourceName: '' }, 'Invalid empty resource name'],
    [
      { resourceType: 4, resourceName: 'cluster' },
      'The only valid name for the CLUSTER resource is kafka-cluster',
    ],
    [{ resourceType: 99 }, 'Invalid resourceType UNKNOWN'],
    [{ resourcePatternType: 99 }, 'Invalid patternType UNKNOWN'],
    [{ operation: 99 }, 'Invalid operation UNKNOWN'],
    [{ permissionType: 99 }, 'Invalid permissionType UNKNOWN'],
    [
      { principal: 'ann' },
      'Could not parse principal from `ann` (no colon is present separating the principal type ' +
        'from the principal name)',
    ],
  ]
  const results = await create(...invalid.map(([change]) => change), {})
  for (const [index, [, message]] of invalid.entries()) {
    assert.deepEqual(results[index], {
      errorCode: errorCodes.INVALID_REQUEST,
      errorMessage: message,
    })
  }
  assert.equal(results.at(-1)!.errorCode, 0)
  assert.deepEqual(await list(), ['orders 3'])
})

test('CreateAcls does nothing where a code is for filters, or unreadable', async () => {
  const filters = [{ resourceType: 1 }, { resourcePatternType: 2 }, { operation: 1 }]
  for (const change of filters) {
    const codes = (await create({}, change)).map(({ errorCode }) => errorCode)
    assert.deepEqual(codes, [-1, -1])
  }
  await assert.rejects(create({ permissionType: 0 }), { name: 'RefusedRequestError' })
  assert.deepEqual(await list(), [])
})

test('DescribeAcls finds by name, pattern, principal and operation', async () => {
  await create(
    {},
    { resourceName: '*', operation: 4 },
    { resourceName: 'or', resourcePatternType: 4, operation: 8 },
    { resourceName: 'other', principal: 'User:bob' },
  )
  const cases: [Record<string, unknown>, string[]][] = [
    [{ resourceNameFilter: 'orders' }, ['orders 3']],
    [{ resourceNameFilter: 'orders', patternTypeFilter: 2 }, ['orders 3', '* 4', 'or… 8']],
    [{ resourceNameFilter: 'or', patternTypeFilter: 4 }, ['or… 8']],
    [{ patternTypeFilter: 3 }, ['orders 3', '* 4', 'other 3']],
    [{ principalFilter: 'User:bob' }, ['other 3']],
    [{ operation: 3 }, ['orders 3', 'other 3']],
    [{ hostFilter: '10.0.0.1' }, []],
    [{ permissionType: 2 }, []],
    [{ resourceTypeFilter: 3 }, []],
  ]
  for (const [filter, expected] of cases) {
    assert.deepEqual(await list(filter), expected, JSON.stringify(filter))
  }
})

test('DeleteAcls removes what any filter means, and names it for each', async () => {
  await create({}, { operation: 4 }, { resourceName: 'other' })
  const filters = [
    { ...anything, resourceNameFilter: 'orders' },
    { ...anything, operation: 3 },
    { ...anything, resourceTypeFilter: 99 },
  ]
  const { filterResults } = await admin.request(deleteAcls, 3, { filters })
  assert.deepEqual(
    filterResults.map(({ errorCode, matchingAcls }) => [errorCode, matchingAcls.length]),
    [
      [0, 2],
      [0, 2],
      [errorCodes.INVALID_REQUEST, 0],
    ],
  )
  assert.deepEqual(await list(), [])
  await harness.restart()
  assert.deepEqual(await list(), [])
})

test('the requests about ACLs are refused where nobody is asked who they are', async () => {
  harness = new BrokerHarness()
  const creations = [topicRead]
  const { results } = await harness.request(createAcls, 3, { creations })
  assert.equal(results[0]!.errorCode, errorCodes.SECURITY_DISABLED)
  const described = await harness.request(describeAcls, 3, anything)
  assert.equal(described.errorCode, errorCodes.SECURITY_DISABLED)
  const { filterResults } = await harness.request(deleteAcls, 3, { filters: [anything] })
  assert.equal(filterResults[0]!.errorCode, errorCodes.SECURITY_DISABLED)
})
