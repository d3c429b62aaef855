/** One of the queries by kafka.do's own streams, until it is killed. */

import { Kafka } from '../../src/index-node.ts'
import { queries } from './queries.ts'

const [bootstrap, query, application] = process.argv.slice(2)
const kafka = new Kafka({ url: `kafka://${bootstrap}` })
const run = kafka.streams(application!, (sources) => {
  queries[query!]!(sources, `${application}-output`)
})
await run.finished
