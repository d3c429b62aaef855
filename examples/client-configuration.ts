/** Options of a client; `KAFKA_DO_URL` and `KAFKA_DO_API_KEY` stand for the first two. */

import { Kafka } from '../src/index-node.ts'
import { run, type Example } from './run.ts'

export const example: Example = async () => {
  const messages: string[] = []
  const log = (message: string): void => void messages.push(message)
  const logger = { debug: log, info: log, warn: log, error: log }
  const configured = new Kafka({
    url: 'https://broker.example.com',
    apiKey: 'your-key.your-secret',
    timeout: '30s',
    retries: 3,
    clientId: 'shop',
    logger,
  })
  // Nothing connects before the first operation, so this only forgets it.
  await configured.close()

  await using inProcess = new Kafka({ url: 'memory:', logger })
  await inProcess.produce('orders', { orderId: '123' })

  process.env['KAFKA_DO_URL'] = 'memory:'
  process.env['KAFKA_DO_API_KEY'] = 'your-key.your-secret'
  await using fromEnvironment = new Kafka()
  return { urls: [configured.url, fromEnvironment.url], messages }
}

if (import.meta.main) await run(example)
