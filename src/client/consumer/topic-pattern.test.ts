import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScriptedBroker, topicId } from '../../../test/support/scripted-broker.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { metadata } from '../../protocol/metadata.ts'
import { TopicNotFoundError } from '../failure/errors.ts'
import { follow, type PatternReader } from './topic-pattern.ts'

/** Partitions by topic; a name that ends in `!` is that of an internal topic. */
type Topics = Readonly<Record<string, number>>

interface Told {
  readonly name: string
  readonly partitions: readonly unknown[]
}

/** Brokers that list topics as a test says, one after the other, and a reader that notes all. */
class Rig {
  readonly broker = new ScriptedBroker()
  readonly events: string[] = []
  /** What is known to each broker, if not the same to all. */
  known: Topics[]
  /** What becomes of topics that are to be read. */
  gone = new Set<string>()
  assigned: string[] = []
  group: PatternReader['group'] = undefined

  constructor(...known: Topics[]) {
    this.known = known
    this.broker.on(metadata, ({ topics, allowAutoTopicCreation }) => {
      assert.equal(topics, null)
      assert.equal(allowAutoTopicCreation, false)
      const known = this.known.length > 1 ? this.known.shift()! : this.known[0]!
      return {
        brokers: [{ nodeId: 1, host: 'broker-1', port: 9092 }],
        topics: Object.entries(known).map(([name, count]) => ({
          errorCode: count < 0 ? errorCodes.UNKNOWN_TOPIC_OR_PARTITION : 0,
          name: name.replace('!', ''),
          topicId: topicId(name),
          isInternal: name.endsWith('!'),
          partitions: Array.from({ length: Math.max(0, count) }, (_, partitionIndex) => ({
            errorCode: 0,
            partitionIndex,
            leaderId: 1,
            replicaNodes: [1],
            isrNodes: [1],
          })),
        })),
      }
    })
  }

  follow(pattern: RegExp): Promise<() => Promise<void>> {
    const read = (what: string, topics: readonly Told[]): void => {
      this.events.push(`${what} ${topics.map((topic) => this.#told(topic)).join(' ')}`.trim())
      const gone = topics.find(({ name }) => this.gone.has(name))?.name
      if (gone) throw new TopicNotFoundError('it is gone', { topic: gone })
      this.assigned = topics.map(({ name }) => name)
    }
    return follow(this.broker.cluster(), pattern, {
      group: this.group,
      begin: async (topics) => read('begin', topics),
      assignment: () => this.assigned.map((topic) => ({ topic, partition: 0 })),
      remove: (partitions) => {
        if (partitions.length === 0) return
        this.events.push(`remove ${partitions.map(({ topic }) => topic).join(' ')}`)
      },
      extend: async (places) => {
        const byTopic = Map.groupBy(places, ({ topic }) => topic)
        read(
          'extend',
          [...byTopic].map(([name, partitions]) => ({ name, partitions })),
        )
      },
    })
  }

  #told({ name, partitions }: Told): string {
    return `${name}:${partitions.length}`
  }
}

test('follow() begins with what matches, but for what is internal or gone', async () => {
  const rig = new Rig({ 'a-2': 2, b: 1, 'a-1': 1, '__a-3': 1, 'a-4!': 1, 'a-5': -1 })
  await rig.follow(/a-/)
  assert.deepEqual(rig.events, ['begin a-1:1 a-2:2'])
})

test('follow() does not mind where a pattern with flags was last used', async () => {
  const topics = { abc: 1, 'x-abc': 1 }
  for (const [pattern, found] of [
    [/abc/g, 'begin abc:1 x-abc:1'],
    [/abc/y, 'begin abc:1'],
    [/ABC/i, 'begin abc:1 x-abc:1'],
  ] as const) {
    pattern.lastIndex = 2
    const rig = new Rig(topics)
    await rig.follow(pattern)
    assert.deepEqual(rig.events, [found])
    assert.equal(pattern.lastIndex, 2, 'it is the pattern of the program')
  }
})

test('a look tells once of topics that have come and gone, and of new partitions', async () => {
  const rig = new Rig({ a: 1, b: 1 })
  const look = await rig.follow(/./)
  await look()
  rig.known = [{ b: 1, c: 1 }]
  await look()
  await look()
  rig.known = [{ b: 2, c: 1 }]
  await look()
  assert.deepEqual(rig.events, ['begin a:1 b:1', 'remove a', 'extend b:1 c:1', 'extend b:2 c:1'])
})

test('a topic that one broker does not know is asked for at another, and then left', async () => {
  const rig = new Rig({ a: 1, b: 1 })
  const look = await rig.follow(/./)
  rig.known = [{ b: 1 }, { a: 1 }, { b: 1 }]
  await look()
  assert.deepEqual(rig.events, ['begin a:1 b:1'])
  await look()
  assert.deepEqual(rig.events.slice(1), ['remove a', 'extend b:1'])
})

test('a topic that is deleted before it can be read does not hold up the others', async () => {
  const rig = new Rig({ a: 1, b: 1 })
  rig.gone.add('a')
  const look = await rig.follow(/./)
  assert.deepEqual(rig.events.splice(0), ['begin a:1 b:1', 'begin b:1'])
  // It was there after all.
  rig.gone.clear()
  await look()
  assert.deepEqual(rig.events, ['extend a:1 b:1'])
})

test('what could not be told of is told of another time', async () => {
  const rig = new Rig({})
  const look = await rig.follow(/./)
  rig.known = [{ a: 1 }]
  rig.gone.add('a')
  await look()
  rig.gone.clear()
  await look()
  await look()
  assert.deepEqual(rig.events, ['begin', 'extend a:1', 'extend', 'extend a:1'])
})

test('a group is told of names, and gives and takes partitions by itself', async () => {
  const rig = new Rig({ a: 1 })
  const subscribed: (readonly string[])[] = []
  rig.group = { subscribe: (topics) => void subscribed.push(topics) }
  const look = await rig.follow(/./)
  rig.known = [{ b: 1, c: 1 }]
  await look()
  await look()
  assert.deepEqual(subscribed, [['b', 'c']])
  assert.deepEqual(rig.events, ['begin a:1'])
})
