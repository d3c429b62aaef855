/** Our SDK in Node: `node.ts tcp`, `node.ts websocket`, or `node.ts in-process`. */

import { Kafka } from '../../../src/index-node.ts'
// @ts-expect-error plain JavaScript, shared with the programs of other clients
import * as scenario from '../node/scenario.mjs'
import { stepsOf } from './scenario.ts'

const { bootstrap } = scenario as { bootstrap: string }
const urls: Readonly<Record<string, string>> = {
  tcp: `kafka://${bootstrap}`,
  websocket: `http://${bootstrap}`,
  'in-process': 'memory:',
}
const url = urls[process.argv[2] ?? 'tcp']
const kafka = new Kafka(url === undefined ? {} : { url })
const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
await scenario.play(stepsOf(kafka, scenario, codecs))
