/** The part of the SDK's contract that is about reading all topics whose names match. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Consumer } from '../../src/client/consumer/consumer.ts'
import type { Kafka } from '../../src/client/kafka.ts'
import type { ContractContext } from './contract.ts'

/** Topics of one test: their names begin with what no other's do. */
interface Topics {
  readonly kafka: Kafka
  readonly prefix: string
  readonly pattern: RegExp
  /** Creates topics, each with its last word for a value. */
  readonly create: (...words: string[]) => Promise<void>
  /** Sends `value` to the topic of that word. */
  readonly send: (word: string, value: string, partition?: number) => Promise<void>
}

export function patternContract({ open, name, calmly }: ContractContext): void {
  /** Runs `work` with a client that looks for topics all the time. */
  async function withTopics(work: (topics: Topics) => Promise<void>): Promise<void> {
    const client = await open({ metadataMaxAge: '100ms' })
    const { kafka } = client
    const prefix = name('follow')
    const send: Topics['send'] = async (word, value, partition) => {
      const place = partition === undefined ? {} : { partition }
      await kafka.producer<string>(`${prefix}-${word}`).send(value, place)
    }
    const create = async (...words: string[]): Promise<void> => {
      for (const word of words) {
        await kafka.admin.createTopic(`${prefix}-${word}`, { partitions: 2 })
        await send(word, word)
      }
    }
    const topics = { kafka, prefix, pattern: new RegExp(`^${prefix}-`), create, send }
    try {
      // Topics come and go, which not all brokers hear of where some are away.
      await calmly(() => work(topics))
    } finally {
      await client.close()
    }
  }

  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  /** Reads until the consumer is closed. Returns the values as they come. */
  function collect(consumer: Consumer<string>): { seen: string[]; ended: Promise<void> } {
    const seen: string[] = []
    return { seen, ended: consumer.forEach(({ value }) => seen.push(value)) }
  }

  const topicsOf = (consumer: Consumer<string>): string[] => [
    ...new Set(consumer.assignment().map(({ topic }) => topic)),
  ]

  for (const group of [undefined, 'readers']) {
    const who = group ? 'members of a group' : 'a consumer without a group'
    const config = (): { group?: string } => (group ? { group: name(group) } : {})

    test(`${who} by pattern: topics that come are read, those that go are left`, async () => {
      await withTopics(async ({ kafka, prefix, pattern, create, send }) => {
        await create('one', 'two')
        const consumer = kafka.consumer<string>(pattern, config())
        const { seen, ended } = collect(consumer)
        await until(() => seen.length === 2)
        await create('three')
        await until(() => seen.length === 3)
        await kafka.admin.deleteTopic(`${prefix}-two`)
        await until(() => !topicsOf(consumer).includes(`${prefix}-two`))
        await send('one', 'more')
        await send('three', 'yet more')
        await until(() => seen.length === 5)
        assert.deepEqual(seen.slice(0, 3).sort(), ['one', 'three', 'two'])
        assert.deepEqual(seen.slice(3).sort(), ['more', 'yet more'])
        assert.equal(consumer.assignment().length, 4)
        await consumer.close()
        await ended
        const names = (await kafka.admin.listTopics()).map(({ name }) => name)
        assert.ok(!names.includes(`${prefix}-two`), 'nobody has created it anew')
      })
    })

    test(`${who} by pattern: nothing that matches is waited for, and not created`, async () => {
      await withTopics(async ({ kafka, prefix, pattern, create }) => {
        const consumer = kafka.consumer<string>(pattern, config())
        await assert.rejects(consumer.next({ timeout: '300ms' }), { code: 'timeout' })
        const names = (await kafka.admin.listTopics()).map(({ name }) => name)
        assert.deepEqual(
          names.filter((name) => name.includes(prefix)),
          [],
        )
        await create('one')
        assert.equal((await consumer.next())?.value, 'one')
        await consumer.close()
      })
    })

    test(`${who} by pattern: what does not match, or is internal, is not read`, async () => {
      await withTopics(async ({ kafka, prefix, create }) => {
        await create('one', 'two', 'other')
        const internal = `__${prefix}-one`
        await kafka.admin.createTopic(internal, { partitions: 1 })
        await kafka.producer<string>(internal).send('internal')
        // Where a pattern with such flags was last used is of no matter.
        const pattern = new RegExp(`${prefix}-(one|two|last)$`, 'g')
        pattern.lastIndex = prefix.length
        const consumer = kafka.consumer<string>(pattern, config())
        const { seen, ended } = collect(consumer)
        await until(() => seen.length === 2)
        // A look that finds the last one finds the others, too.
        await create('another', 'one-and-two', 'last')
        await until(() => seen.length === 3)
        assert.deepEqual(seen.sort(), ['last', 'one', 'two'])
        await kafka.admin.deleteTopic(internal)
        const matching = ['last', 'one', 'two'].map((word) => `${prefix}-${word}`)
        assert.deepEqual(topicsOf(consumer).sort(), matching)
        await consumer.close()
        await ended
      })
    })
  }

  test('members of a group by pattern share the topics, also those that come', async () => {
    await withTopics(async ({ kafka, pattern, create, send }) => {
      await create('one', 'two')
      const group = name('group')
      const open = (): Consumer<string> => kafka.consumer<string>(pattern, { group })
      const members = [open(), open()]
      const read = members.map(collect)
      const shares = (): number[] => members.map((member) => member.assignment().length)
      await until(() => shares().every((count) => count === 2))
      await create('three')
      await until(() => shares().every((count) => count === 3))
      for (const word of ['one', 'two', 'three']) {
        for (const partition of [0, 1]) await send(word, `last of ${word} ${partition}`, partition)
      }
      const seen = (): string[] => read.flatMap(({ seen }) => seen)
      await until(() => seen().filter((value) => value.startsWith('last')).length >= 6)
      for (const value of ['one', 'two', 'three']) assert.ok(seen().includes(value))
      assert.ok(read.every(({ seen }) => seen.length >= 3))
      await Promise.all(members.map((member) => member.close()))
      await Promise.all(read.map(({ ended }) => ended))
    })
  })

  test('consume() and batchConsumer() take patterns, and seek() a topic that matches', async () => {
    await withTopics(async ({ kafka, prefix, pattern, create }) => {
      await create('one', 'two')
      const controller = new AbortController()
      const seen: string[] = []
      await kafka.consume<string>(pattern, { signal: controller.signal }, ({ value }) => {
        if (seen.push(value) === 2) controller.abort()
      })
      assert.deepEqual(seen.sort(), ['one', 'two'])
      const batch = await kafka.batchConsumer<string>(pattern, { batchTimeout: '1s' }).first()
      assert.ok(batch && batch.length > 0)
      const consumer = kafka.consumer<string>(pattern)
      for (const topic of [undefined, 'no-such-name']) {
        const target = { partition: 0, offset: 0, ...(topic ? { topic } : {}) }
        await assert.rejects(consumer.seek(target), { code: 'invalid_option', option: 'topic' })
      }
      for (const partition of [0, 1]) {
        await consumer.seek({ topic: `${prefix}-two`, partition, offset: 'latest' })
      }
      assert.equal((await consumer.next())?.value, 'one')
      await assert.rejects(consumer.next({ timeout: '100ms' }), { code: 'timeout' })
      await consumer.close()
    })
  })
}
