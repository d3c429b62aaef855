/**
 * Profiles our broker under Kafka's performance tools: one profile of producing, one of consuming,
 * each by a process of its own.
 */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startOurs, withBroker } from './brokers.ts'
import { formatSummary, readCpuProfile, summarise } from './cpu-profile.ts'
import { runConsumerPerformance, runProducerPerformance } from './kafka-perf-test.ts'
import { recordBytes } from './perf-tools.ts'
import { createTopicsOn, RawClient } from './raw-client.ts'
import type { RunOptions } from './report.ts'

const topic = 'profiled'

export async function profileBroker({ isQuick, progress }: RunOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kafka-do-profile-'))
  const recordCount = isQuick ? 150_000 : 600_000
  const work = { topic, recordCount, recordBytes }
  try {
    progress(`profiling: producing ${recordCount} records`)
    await profile('produce', folder, async (bootstrap) => {
      const client = await RawClient.connect(bootstrap)
      await createTopicsOn(client, [{ name: topic, partitions: 1 }])
      client.close()
      await runProducerPerformance({ ...work, bootstrap, warmupCount: 0.25 * recordCount })
    })
    progress('profiling: consuming them three times')
    await profile('consume', folder, async (bootstrap) => {
      for (let time = 0; time < 3; time++) await runConsumerPerformance({ ...work, bootstrap })
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs `use` against a broker with the data in `folder`, and prints where its time went. */
async function profile(
  name: string,
  folder: string,
  use: (bootstrap: string) => Promise<void>,
): Promise<void> {
  const profiles = join(folder, name)
  const start = () =>
    startOurs(
      { isReference: false },
      {
        flush: 'os',
        dataFolder: join(folder, 'data'),
        nodeFlags: ['--cpu-prof', '--cpu-prof-dir', profiles],
      },
    )
  await withBroker(start, (broker) => use(broker.bootstrap))
  // Worker threads, where there are any, write a profile each.
  for (const file of readdirSync(profiles)) {
    const summary = summarise(readCpuProfile(join(profiles, file)))
    process.stdout.write(`\n${name}: ${formatSummary(summary)}\n`)
  }
}
