/** The part of the SDK's contract that is about what a program is told of its partitions. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { TopicPartition } from '../../src/client/cluster/offset-lookup.ts'
import type { KafkaRecord } from '../../src/client/record/kafka-record.ts'
import type { ContractContext } from './contract.ts'

const partitionCount = 4

/** Keeps what a member was told, and fails where one thing begins before another has ended. */
class Told {
  readonly #all: string[]
  readonly #member: string
  readonly #owned = new Set<number>()
  #isBusy = false

  constructor(member: string, all: string[] = []) {
    this.#member = member
    this.#all = all
  }

  /** The partitions that it has heard of as its own. */
  get owned(): number[] {
    return [...this.#owned].sort((a, b) => a - b)
  }

  readonly listener = {
    onAssigned: (partitions: readonly TopicPartition[]) =>
      this.#hear('assigned', partitions, (partition) => {
        assert.ok(!this.#owned.has(partition), `${partition} comes twice`)
        this.#owned.add(partition)
      }),
    onRevoked: (partitions: readonly TopicPartition[]) =>
      this.#hear('revoked', partitions, (partition) => this.#leave(partition)),
    onLost: (partitions: readonly TopicPartition[]) =>
      this.#hear('lost', partitions, (partition) => this.#leave(partition)),
  }

  #leave(partition: number): void {
    assert.ok(this.#owned.delete(partition), `${partition} goes and never came`)
  }

  async #hear(
    what: string,
    partitions: readonly TopicPartition[],
    note: (partition: number) => void,
  ): Promise<void> {
    assert.ok(!this.#isBusy, `${what} while something else goes on`)
    this.#isBusy = true
    // Long enough that whoever does not wait for it is seen.
    await setTimeout(100)
    for (const { partition } of partitions) {
      note(partition)
      this.#all.push(`${this.#member} ${what} ${partition}`)
    }
    this.#isBusy = false
  }
}

export function rebalanceContract(context: ContractContext): void {
  const { kafka, topic: newTopic, name, calmly } = context

  test('a program knows which partitions it has before their records come', async () => {
    const topic = await newTopic(partitionCount)
    const producer = kafka().producer<number>(topic)
    for (let partition = 0; partition < partitionCount; partition++) {
      await producer.sendBatch([
        { value: 0, partition, key: null },
        { value: 1, partition, key: null },
      ])
    }
    const told = new Told('only')
    const { onAssigned, ...others } = told.listener
    const consumer = kafka().consumer<number>(topic, {
      group: name('group'),
      ...others,
      async onAssigned(partitions) {
        await onAssigned(partitions)
        for (const { partition } of partitions) await consumer.seek({ partition, offset: 1 })
      },
    })
    for (let count = 0; count < partitionCount; count++) {
      const { value, partition } = (await consumer.next())!
      assert.ok(told.owned.includes(partition))
      assert.equal(value, 1, 'it has sought before the first record')
    }
    await consumer.close()
    assert.deepEqual(told.owned, [], 'closing gives all up')
  })

  test('partitions go to another member once their program has let them go', async () => {
    const topic = await newTopic(partitionCount)
    const group = name('group')
    const all: string[] = []
    const told = { first: new Told('first', all), second: new Told('second', all) }
    await calmly(async () => {
      const first = kafka().consumer<number>(topic, { group, ...told.first.listener })
      const second = kafka().consumer<number>(topic, { group, ...told.second.listener })
      const running = [first.forEach(() => {})]
      while (told.first.owned.length < partitionCount) await setTimeout(20)
      running.push(second.forEach(() => {}))
      while (told.second.owned.length < 2) await setTimeout(20)
      for (const partition of told.second.owned) {
        const gone = all.indexOf(`first revoked ${partition}`)
        assert.ok(gone >= 0 && gone < all.indexOf(`second assigned ${partition}`), all.join(', '))
      }
      assert.equal(told.first.owned.length + told.second.owned.length, partitionCount)
      await first.close()
      assert.deepEqual(told.first.owned, [])
      while (told.second.owned.length < partitionCount) await setTimeout(20)
      await second.close()
      await Promise.all(running)
    })
    assert.ok(!all.some((one) => one.includes('lost')), all.join(', '))
  })

  test('what onRevoked commits is where the next member goes on', async () => {
    const topic = await newTopic()
    const group = name('group')
    await kafka().producer<number>(topic).sendBatch([0, 1, 2])
    let last: KafkaRecord<number> | undefined
    const config = { group, onRevoked: () => last?.commit() }
    // Who cannot say that it leaves is waited for.
    await calmly(async () => {
      const first = kafka().consumer<number>(topic, config)
      for (let count = 0; count < 2; count++) last = await first.next()
      await first.close()
      assert.equal((await kafka().consumer<number>(topic, { group }).first())?.value, 2)
    })
  })

  test('a listener that throws closes its consumer, and nobody else', async () => {
    const topic = await newTopic()
    const group = name('group')
    await kafka().produce(topic, 1)
    const failing = kafka().consumer<number>(topic, {
      group,
      onAssigned: () => {
        throw new Error('no room for them')
      },
    })
    // One that cannot say that it leaves is waited for, on 3.9 for minutes while coordinators move.
    await calmly(async () => {
      await assert.rejects(failing.next(), /no room for them/)
      assert.equal((await kafka().consumer<number>(topic, { group }).first())?.value, 1)
    })
    await assert.rejects(
      kafka()
        .consumer(topic, { onLost: 'never' as never })
        .next(),
      /onLost.*a function/,
    )
  })

  test('positions() tells how far a consumer is', async () => {
    const topic = await newTopic()
    // A leader that is new may not know yet how far its followers are.
    await calmly(async () => {
      const producer = kafka().producer<number>(topic)
      await producer.sendBatch([0, 1, 2, 3])
      const consumer = kafka().consumer<number>(topic, { group: name('group') })
      assert.deepEqual(consumer.positions(), [])
      const first = await consumer.next()
      const place = { topic, partition: 0 }
      const whole = { ...place, end: 4, committed: null }
      assert.deepEqual(consumer.positions(), [{ ...whole, position: 0, lag: 4 }])
      await first!.commit()
      await consumer.next()
      assert.deepEqual(consumer.positions(), [{ ...whole, position: 1, committed: 1, lag: 3 }])
      await consumer.seek({ partition: 0, offset: 3 })
      assert.deepEqual(consumer.positions(), [{ ...whole, position: 3, lag: 1 }])
      await producer.send(4)
      for (let value = 3; value <= 4; value++) assert.equal((await consumer.next())?.value, value)
      assert.deepEqual(consumer.positions(), [{ ...whole, position: 4, end: 5, lag: 1 }])
      await consumer.close()
      assert.deepEqual(consumer.positions(), [])
    })
  })
}
