/** Topics: create, list, describe, alter, delete. */

import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  const { admin } = kafka
  await admin.createTopic('orders', { partitions: 3, retentionMs: 7 * 24 * 60 * 60 * 1000 })
  const names: string[] = []
  for await (const topic of admin.listTopics()) names.push(`${topic.name}: ${topic.partitions}`)
  await admin.alterTopic('orders', { retentionMs: 30 * 24 * 60 * 60 * 1000 })
  const { partitions, retentionMs } = await admin.describeTopic('orders')
  await admin.deleteTopic('orders')
  return { names, partitions, retentionMs }
}

if (import.meta.main) await run(example)
