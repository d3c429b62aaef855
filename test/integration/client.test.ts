import { Kafka } from '../../src/index-node.ts'
import { silentLogger } from '../../src/runtime/runtime.ts'
import { KafkaServer } from '../../src/server/server.ts'
import { MockKafka } from '../../src/testing/mock-kafka.ts'
import { clientContract } from '../client/contract.ts'

clientContract('inside the process', async (options) => {
  const kafka = new MockKafka(options)
  return { kafka, close: () => kafka.close() }
})

for (const [what, scheme] of [
  ['over TCP', 'kafka'],
  ['over WebSocket', 'http'],
] as const) {
  clientContract(what, async (options) => {
    const server = await KafkaServer.start({ port: 0, dataFolder: 'memory:', logger: silentLogger })
    const { host, port } = server.address
    const kafka = new Kafka({ url: `${scheme}://${host}:${port}`, ...options })
    return {
      kafka,
      async close() {
        await kafka.close()
        await server.close()
      },
    }
  })
}
