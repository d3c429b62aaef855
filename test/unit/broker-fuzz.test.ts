import assert from 'node:assert/strict'
import { test } from 'node:test'
import { advertisedApis, handlerOf } from '../../src/broker/handlers.ts'
import { MalformedBytesError } from '../../src/bytes/reader.ts'
import { ByteWriter } from '../../src/bytes/writer.ts'
import { RefusedRequestError } from '../../src/connection/request-handler.ts'
import { encodingOf } from '../../src/protocol/api.ts'
import { writeRequestHeader } from '../../src/protocol/client-header.ts'
import { batchOf, BrokerHarness, newPeer, settle } from '../support/broker-harness.ts'
import { sampleOf } from '../support/codec-samples.ts'
import { seededRandom, type SeededRandom } from '../support/random.ts'

/** Returns a request of any API and version, of which some bytes are not as they should be. */
function damagedRequest(random: SeededRandom): { name: string; message: Uint8Array } {
  const { apiKey, maxVersion } = random.pick(advertisedApis)
  const { api, min } = handlerOf(apiKey)!
  const version = min + random.below(maxVersion - min + 1)
  const encoding = encodingOf(api, version)
  const writer = new ByteWriter()
  writeRequestHeader(writer, { api, version, correlationId: 7, clientId: null })
  api.request.write(writer, sampleOf(api.request, random, encoding), encoding)
  const message = writer.finish().slice()
  // The first 8 bytes say which API it is, and so what is tested.
  for (let count = random.below(4); count > 0; count--) {
    message[8 + random.below(message.length - 8)] = random.below(256)
  }
  return { name: `${api.name} v${version}`, message }
}

function isExpected(error: unknown): boolean {
  return error instanceof MalformedBytesError || error instanceof RefusedRequestError
}

test('a broker that is sent thousands of damaged requests serves the next good one', async () => {
  const random = seededRandom()
  const harness = new BrokerHarness()
  await harness.createTopic('untouched')
  const wrong: unknown[] = []
  for (let round = 0; round < 100; round++) {
    for (let count = 0; count < 50; count++) {
      const { name, message } = damagedRequest(random)
      const { peer, disconnect } = newPeer()
      try {
        const reply = harness.broker.handle(message, peer)
        if (reply instanceof Promise) reply.catch((error: unknown) => wrong.push([name, error]))
      } catch (error) {
        if (!isExpected(error)) wrong.push([name, error])
      }
      if (random.below(2) === 0) disconnect()
    }
    await settle()
    harness.clock.advance(1000)
  }
  assert.deepEqual(wrong, [], `SEED=${random.seed}`)
  assert.equal(await harness.send('untouched', 0, batchOf(['a'])), 0)
  await harness.restart()
  assert.equal(await harness.send('untouched', 0, batchOf(['b'])), 1)
})
