/** The administrator and the test kit: what compiles, and what must not. It is not run. */

import { Offset, type GroupDescription, type Kafka, type TopicDescription } from 'kafka.do'
import type { TopicSummary } from 'kafka.do'
import { ManualClock, MockKafka } from 'kafka.do/testing'
import { exactly } from './exactly.ts'
import { order, type Order } from './orders.ts'

export async function topics({ admin }: Kafka): Promise<void> {
  await admin.createTopic('orders', { partitions: 3, retentionMs: 5, cleanupPolicy: 'compact' })
  await admin.createTopic('orders', { configs: { 'any.kafka.name': '5' } })
  exactly<TopicSummary[]>()(await admin.listTopics())
  for await (const topic of admin.listTopics()) exactly<string>()(topic.name)
  exactly<TopicDescription>()(await admin.describeTopic('orders'))
  // @ts-expect-error -- it is a number of partitions
  await admin.createTopic('orders', { partitions: '3' })
  // @ts-expect-error -- there is no such policy
  await admin.createTopic('orders', { cleanupPolicy: 'shred' })
  // @ts-expect-error -- there is no such field; others are `configs`
  await admin.createTopic('orders', { 'any.kafka.name': '5' })
}

export async function groups({ admin }: Kafka): Promise<void> {
  exactly<GroupDescription>()(await admin.describeGroup('billing'))
  await admin.resetOffsets('billing', 'orders', Offset.earliest)
  await admin.resetOffsets('billing', 'orders', new Date(0))
  // @ts-expect-error -- there is no such place
  await admin.resetOffsets('billing', 'orders', 'newest')
}

export async function testKit(): Promise<void> {
  const clock = new ManualClock()
  await using kafka = new MockKafka({ clock })
  await kafka.seed<Order>('orders', [order, { key: 'ann', value: order }])
  exactly<Order | undefined>()((await kafka.getMessages<Order>('orders'))[0]?.value)
  kafka.failNext('Produce', 'NOT_LEADER_OR_FOLLOWER', { times: 2 })
  // @ts-expect-error -- one of them is not an order
  await kafka.seed<Order>('orders', [order, 5])
  // @ts-expect-error -- there is no such error
  kafka.failNext('Produce', 'OUT_OF_LUCK')
  // @ts-expect-error -- it has no address of its own
  void new MockKafka({ url: 'http://localhost:9092' })
}
