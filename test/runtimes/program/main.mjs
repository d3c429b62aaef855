/**
 * The program for Node, Bun and Deno: plays the steps over each connection that its arguments name,
 * as `tcp=kafka://localhost:9092`, and writes the outcomes as lines of JSON.
 */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Kafka } from 'kafka.do'
import { MockKafka } from 'kafka.do/testing'
import { equal, playSteps } from './steps.mjs'

const report = (outcome) => console.log(JSON.stringify(outcome))
process.on('unhandledRejection', (error) => {
  report({ connection: 'any', step: 'unhandled rejection', result: 'failed', detail: error.stack })
})

// A program in CommonJS has the same classes.
const require = createRequire(import.meta.url)
equal(require('kafka.do').Kafka === Kafka, true, 'one Kafka for `import` and `require`')
equal(require('kafka.do/testing').MockKafka === MockKafka, true, 'one MockKafka for both')

for (const argument of process.argv.slice(2)) {
  const at = argument.indexOf('=')
  const [connection, url] = [argument.slice(0, at), argument.slice(at + 1)]
  const tls = url.includes('s://') ? { tls: { ca: readFileSync('ca.pem', 'utf8') } } : {}
  const kafka = url === 'mock' ? new MockKafka() : new Kafka({ url, ...tls })
  await playSteps(kafka, { connection, report })
  await kafka.close()
}
report({ connection: 'all', step: 'end', result: 'passed', detail: null })
// A program that has closed all it had open ends by itself.
