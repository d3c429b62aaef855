/**
 * The program for Node, Bun and Deno: plays the steps over each connection that its arguments name,
 * as `tcp=kafka://localhost:9092`, and writes the outcomes as lines of JSON.
 */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Kafka } from 'kafka.do'
import { MockKafka } from 'kafka.do/testing'
import { equal, parseConnection, playSteps } from './steps.mjs'

const report = (outcome) => console.log(JSON.stringify(outcome))
process.on('unhandledRejection', (error) => {
  report({ connection: 'any', step: 'unhandled rejection', result: 'failed', detail: error.stack })
})

/** Counts in a stream that is closed and begun again, on what its folder remembers. */
async function streamsInFolder(kafka, topic) {
  const totals = `${topic}-totals`
  let toRead = 0
  const begin = () =>
    kafka.streams(topic, (sources) => sources.stream(topic).groupByKey().count().to(totals), {
      stateFolder: `${topic}-state`,
      commitInterval: 20,
      onRestore: ({ total }) => (toRead = total),
    })
  await kafka.admin.createTopic(topic)
  for (const expected of [1, 2, 3]) {
    const run = begin()
    await kafka.produce(topic, 'seen', { key: 'ann' })
    const last = await kafka.consumer(totals).take(expected).toArray()
    equal(last.at(-1).value, expected, 'the count')
    await run.close()
  }
  equal(toRead, 0, 'what was read of the changelog')
}

// A program in CommonJS has the same classes.
const require = createRequire(import.meta.url)
equal(require('kafka.do').Kafka === Kafka, true, 'one Kafka for `import` and `require`')
equal(require('kafka.do/testing').MockKafka === MockKafka, true, 'one MockKafka for both')

for (const argument of process.argv.slice(2)) {
  const { connection, url, options } = parseConnection(argument)
  const tls = url.includes('s://') ? { tls: { ca: readFileSync('ca.pem', 'utf8') } } : {}
  const kafka = url === 'mock' ? new MockKafka() : new Kafka({ ...options, ...tls })
  const more = connection === 'tcp' ? { 'streams in a folder': streamsInFolder } : {}
  await playSteps(kafka, { connection, report, more })
  await kafka.close()
}
report({ connection: 'all', step: 'end', result: 'passed', detail: null })
// A program that has closed all it had open ends by itself.
