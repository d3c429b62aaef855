import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alterClientQuotas } from '../../protocol/alter-client-quotas.ts'
import { describeClientQuotas } from '../../protocol/describe-client-quotas.ts'
import { BrokerHarness } from '../../../test/support/broker-harness.ts'

type Entity = Readonly<Record<string, string | null>>

function pairs(entity: Entity) {
  return Object.entries(entity).map(([entityType, entityName]) => ({ entityType, entityName }))
}

/** Sets quotas, and removes those that are `null`. Returns the error, `0` for none. */
async function alter(
  harness: BrokerHarness,
  entity: Entity,
  values: Readonly<Record<string, number | null>>,
  validateOnly = false,
): Promise<string> {
  const ops = Object.entries(values).map(([key, value]) => {
    return { key, value: value ?? 0, remove: value === null }
  })
  const entries = [{ entity: pairs(entity), ops }]
  const answer = await harness.request(alterClientQuotas, 1, { entries, validateOnly })
  assert.deepEqual(answer.entries[0]!.entity, pairs(entity))
  const { errorCode, errorMessage } = answer.entries[0]!
  return errorCode === 0 ? '0' : `${errorCode} ${errorMessage}`
}

async function describe(
  harness: BrokerHarness,
  components: readonly (readonly [string, number, string | null])[] = [],
  strict = false,
): Promise<unknown> {
  const { errorCode, errorMessage, entries } = await harness.request(describeClientQuotas, 1, {
    components: components.map(([entityType, matchType, match]) => {
      return { entityType, matchType, match }
    }),
    strict,
  })
  if (errorCode !== 0) return `${errorCode} ${errorMessage}`
  return entries!.map(({ entity, values }) => [
    Object.fromEntries(entity.map(({ entityType, entityName }) => [entityType, entityName])),
    Object.fromEntries(values.map(({ key, value }) => [key, value])),
  ])
}

test('quotas that are set are described, also after a restart', async () => {
  const harness = new BrokerHarness()
  const alice = { user: 'alice', 'client-id': null }
  assert.equal(await alter(harness, alice, { producer_byte_rate: 1e6 }), '0')
  assert.equal(await alter(harness, alice, { request_percentage: 12.5 }), '0')
  assert.equal(await alter(harness, { ip: '::1' }, { connection_creation_rate: 9 }), '0')
  const expected = [
    [alice, { producer_byte_rate: 1e6, request_percentage: 12.5 }],
    [{ ip: '::1' }, { connection_creation_rate: 9 }],
  ]
  assert.deepEqual(await describe(harness), expected)
  await harness.restart()
  assert.deepEqual(await describe(harness), expected)
  assert.equal(await alter(harness, { ip: '::1' }, { connection_creation_rate: null }), '0')
  assert.deepEqual(await describe(harness), expected.slice(0, 1))
})

test('DescribeClientQuotas filters by type, name and default, strictly or not', async () => {
  const harness = new BrokerHarness()
  const a = { user: 'a' }
  const ac = { user: 'a', 'client-id': 'c' }
  const any = { user: null }
  const c = { 'client-id': 'c' }
  const values = { consumer_byte_rate: 1 }
  for (const entity of [a, ac, any, c]) assert.equal(await alter(harness, entity, values), '0')
  const found = async (...args: [Parameters<typeof describe>[1], boolean?]) =>
    ((await describe(harness, ...args)) as [Entity, unknown][]).map(([entity]) => entity)
  assert.deepEqual(await found([['user', 2, null]]), [a, ac, any])
  assert.deepEqual(await found([['user', 2, null]], true), [a, any])
  assert.deepEqual(await found([['user', 0, 'a']]), [a, ac])
  assert.deepEqual(await found([['user', 1, null]]), [any])
  assert.deepEqual(await found([], true), [])
  const both = [
    ['user', 0, 'a'],
    ['client-id', 2, null],
  ] as const
  assert.deepEqual(await found(both), [ac])
})

test('DescribeClientQuotas refuses filters that make no sense, in the words of Kafka', async () => {
  const harness = new BrokerHarness()
  const cases = [
    [[['', 0, 'a']], '42 Invalid empty entity type.'],
    [[['group', 0, 'a']], '35 Unsupported entity type group'],
    [[['user', 0, null]], '42 Request specified MATCH_TYPE_EXACT, but set match string to null.'],
    [
      [['user', 1, 'a']],
      '42 Request specified MATCH_TYPE_DEFAULT, but also specified a match string.',
    ],
    [
      [['user', 2, 'a']],
      '42 Request specified MATCH_TYPE_SPECIFIED, but also specified a match string.',
    ],
    [[['user', 3, 'a']], '42 Unknown match type 3'],
    [
      [
        ['user', 0, 'a'],
        ['user', 1, null],
      ],
      '42 Entity type user cannot appear more than once in the filter.',
    ],
    [
      [
        ['ip', 1, null],
        ['user', 1, null],
      ],
      '42 Invalid entity filter component combination. IP filter component should not be used ' +
        'with user or clientId filter component.',
    ],
  ] as const
  for (const [components, message] of cases) {
    assert.equal(await describe(harness, components), message)
  }
})

test('AlterClientQuotas refuses what makes no sense, in the words of Kafka', async () => {
  const harness = new BrokerHarness()
  const a = { user: 'a' }
  const cases = [
    [{}, { producer_byte_rate: 1 }, 'Invalid empty client quota entity'],
    [{ group: 'a' }, { producer_byte_rate: 1 }, 'Unhandled client quota entity type: group'],
    [{ user: '' }, { producer_byte_rate: 1 }, 'Empty user not supported'],
    [
      { ip: '::1', user: 'a' },
      { producer_byte_rate: 1 },
      'Invalid quota entity combination, IP entity shouldnot be combined with User or ClientId',
    ],
    [
      { ip: 'no address' },
      { connection_creation_rate: 1 },
      'no address is not a valid IP or resolvable host.',
    ],
    [a, { connection_creation_rate: 1 }, 'Invalid configuration key connection_creation_rate'],
    [{ ip: null }, { producer_byte_rate: 1 }, 'Invalid configuration key producer_byte_rate'],
    [a, { producer_byte_rate: 0 }, 'Quota producer_byte_rate must be greater than 0'],
    [a, { producer_byte_rate: -1 }, 'Quota producer_byte_rate must be greater than 0'],
    [a, { producer_byte_rate: NaN }, 'Quota producer_byte_rate must be greater than 0'],
    [a, { producer_byte_rate: 1.5 }, 'producer_byte_rate cannot be a fractional value.'],
    [
      a,
      { producer_byte_rate: 1e19 },
      'Proposed value for producer_byte_rate is too large for a LONG.',
    ],
    [
      { ip: null },
      { connection_creation_rate: 2 ** 31 },
      'Proposed value for connection_creation_rate is too large for an INT.',
    ],
  ] as const
  for (const [entity, values, message] of cases) {
    assert.equal(await alter(harness, entity, values), `42 ${message}`)
  }
  assert.deepEqual(await describe(harness), [])
})

test('AlterClientQuotas only checks where it is told to', async () => {
  const harness = new BrokerHarness()
  assert.equal(await alter(harness, { user: 'a' }, { producer_byte_rate: 1 }, true), '0')
  assert.match(await alter(harness, { user: 'a' }, { rate: 1 }, true), /^42 /)
  assert.deepEqual(await describe(harness), [])
})

test('AlterClientQuotas refuses an entity that is named twice, and does the others', async () => {
  const harness = new BrokerHarness()
  const entry = (user: string, value: number) => ({
    entity: pairs({ user }),
    ops: [{ key: 'producer_byte_rate', value, remove: false }],
  })
  const entries = [entry('a', 1), entry('b', 2), entry('a', 3)]
  const answer = await harness.request(alterClientQuotas, 1, { entries })
  assert.deepEqual(
    answer.entries.map(({ errorCode, errorMessage }) => [errorCode, errorMessage]),
    [
      [42, 'Ignoring duplicate entity ClientQuotaEntity(entries={user=a})'],
      [0, null],
    ],
  )
})
