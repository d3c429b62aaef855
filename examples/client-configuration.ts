/** Options of a client; KAFKA_DO_URL and KAFKA_DO_API_KEY stand for the first two. */

import { Kafka } from '../src/index-node.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  await using configured = new Kafka({
    url: 'memory:',
    apiKey: 'your-key.your-secret',
    timeout: '30s',
    retries: 3,
    clientId: 'shop',
  })
  // Nothing connects before the first operation.
  return [configured.url, kafka.url]
}

if (import.meta.main) await run(example)
