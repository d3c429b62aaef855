/** The part of the SDK's contract that is about static members of groups (KIP-345). */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { Consumer } from '../../src/client/consumer/consumer.ts'
import type { ContractContext } from './contract.ts'

const partitionCount = 4

export function staticMembersContract(context: ContractContext): void {
  const { kafka, topic: newTopic, name, calmly, groupType } = context

  const partitionsOf = (consumer: Consumer<number>): number[] =>
    consumer.assignment().map(({ partition }) => partition)

  test('a static member that comes again has what it had, and nobody else lost any', async () => {
    const topic = await newTopic(partitionCount)
    const group = name('group')
    const seen: { member: string; partition: number; value: number }[] = []
    const join = (member: string): { consumer: Consumer<number>; running: Promise<void> } => {
      const config = { group, groupInstanceId: member, autoCommit: true }
      const consumer = kafka().consumer<number>(topic, config)
      const running = (async () => {
        for await (const { partition, value } of consumer) seen.push({ member, partition, value })
      })()
      return { consumer, running }
    }
    // A coordinator that takes over begins the sessions of all anew: who is away stays longer.
    await calmly(async () => {
      const first = join('first')
      const second = join('second')
      const isShared = (): boolean =>
        [first, second].every(({ consumer }) => partitionsOf(consumer).length === 2)
      while (!isShared()) await setTimeout(20)
      const instances = async (): Promise<Set<string | null>> => {
        const { members } = await kafka().admin.describeGroup(group)
        return new Set(members.map(({ instanceId }) => instanceId))
      }
      assert.deepEqual(await instances(), new Set(['first', 'second']))
      const [ofFirst, ofSecond] = [partitionsOf(first.consumer), partitionsOf(second.consumer)]
      await first.consumer.close()
      await first.running
      assert.deepEqual(await instances(), new Set(['first', 'second']), 'it may come again')
      const producer = kafka().producer<number>(topic)
      const send = async (value: number): Promise<void> => {
        for (let partition = 0; partition < partitionCount; partition++) {
          await producer.send(value, { partition })
        }
      }
      await send(1)
      while (seen.length < 2) await setTimeout(20)
      assert.deepEqual(partitionsOf(second.consumer), ofSecond)
      const again = join('first')
      while (seen.length < partitionCount) await setTimeout(20)
      assert.deepEqual(new Set(partitionsOf(again.consumer)), new Set(ofFirst))
      await send(2)
      while (seen.length < 2 * partitionCount) await setTimeout(20)
      for (const { member, partition } of seen) {
        assert.equal(ofFirst.includes(partition) ? 'first' : 'second', member)
      }
      await Promise.all([again, second].map(({ consumer }) => consumer.close()))
      await Promise.all([again.running, second.running])
    })
  })

  test('of two static members of one name only one reads', async () => {
    const topic = await newTopic()
    const config = { group: name('group'), groupInstanceId: 'only' }
    await calmly(async () => {
      await kafka().produce(topic, 1)
      const first = kafka().consumer<number>(topic, config)
      assert.equal((await first.next())?.value, 1)
      const second = kafka().consumer<number>(topic, config)
      const taken = second.next()
      if (groupType === 'classic') {
        // Who comes last has the name.
        await assert.rejects(first.next(), { code: 'fenced_instance_id' })
      } else {
        // Who has it keeps it.
        await assert.rejects(second.next({ timeout: '500ms' }), { code: 'timeout' })
        assert.equal(second.status, 'connecting')
        await first.close()
      }
      assert.equal((await taken)?.value, 1)
      await second.close()
    })
  })
}
