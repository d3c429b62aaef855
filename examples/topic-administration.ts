/** Topics: create, list, describe, alter, delete. */

import { run, type Example } from './run.ts'

const day = 24 * 60 * 60 * 1000

export const example: Example = async (kafka) => {
  const { admin } = kafka
  await admin.createTopic('orders', { partitions: 3, retentionMs: 7 * day })

  const seen: string[] = []
  for await (const topic of admin.listTopics()) {
    seen.push(`${topic.name}: ${topic.partitions} partitions`)
  }
  await admin.alterTopic('orders', { retentionMs: 30 * day })
  const info = await admin.describeTopic('orders')
  seen.push(`${info.partitions} partitions, ${info.retentionMs! / day} days`)

  await admin.deleteTopic('orders')
  seen.push(`${(await admin.listTopics()).length} topics`)
  return seen
}

if (import.meta.main) await run(example)
