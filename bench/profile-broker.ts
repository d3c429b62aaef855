/**
 * Profiles our broker at work for Kafka's performance tools: once producing, once consuming. The
 * profiles are left in `bench/.cache`, for Chrome's DevTools.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startOurs, withBroker, type MeasuredBroker } from './brokers.ts'
import { formatSummary, summarise } from './cpu-profile.ts'
import { inspectFlag } from './inspector.ts'
import { runConsumerPerformance, runProducerPerformance } from './kafka-perf-test.ts'
import { recordBytes } from './perf-tools.ts'
import { createTopicsOn, RawClient } from './raw-client.ts'
import type { RunOptions } from './report.ts'

const topic = 'profiled'
const folder = join(import.meta.dirname, '.cache')

export async function profileBroker(options: RunOptions): Promise<void> {
  const recordCount = options.isQuick ? 150_000 : 500_000
  const start = () => startOurs(options, { flush: 'os', nodeFlags: [inspectFlag] })
  await withBroker(start, async (broker) => {
    const { bootstrap } = broker
    const work = { bootstrap, topic, recordCount, recordBytes }
    const client = await RawClient.connect(bootstrap)
    await createTopicsOn(client, [{ name: topic, partitions: 1 }])
    client.close()
    const produce = () => runProducerPerformance({ ...work, warmupCount: recordCount / 4 })
    const consume = () => runConsumerPerformance(work)
    for (const [name, run] of Object.entries({ produce, consume })) {
      options.progress(`warming up to ${name}`)
      await run()
      options.progress(`profiling: ${name} ${recordCount} records`)
      await profile(name, broker, run)
    }
  })
}

async function profile(
  name: string,
  broker: MeasuredBroker,
  run: () => Promise<unknown>,
): Promise<void> {
  const inspector = await broker.inspect!()
  const profile = await inspector.profile(async () => void (await run()))
  await inspector.close()
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.cpuprofile`), JSON.stringify(profile))
  process.stdout.write(`\n${name}: ${formatSummary(summarise(profile))}\n\n`)
}
