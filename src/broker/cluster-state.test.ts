import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, BrokerHarness } from '../../test/support/broker-harness.ts'
import { metadata } from '../protocol/metadata.ts'
import { offsetForLeaderEpoch } from '../protocol/offset-for-leader-epoch.ts'
import { encodeMetadataRecord } from '../protocol/records/metadata-record.ts'
import { stampBatch } from '../record/batch.ts'
import { writeBatch } from '../record/batch-writer.ts'
import { silentLogger } from '../runtime/runtime.ts'
import { MemoryStorage } from '../storage/memory-storage.ts'
import { writeDerivedFile } from '../storage/whole-file.ts'

const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ'
const partition = { topicId, replicas: [1], isr: [1], leader: 1, leaderEpoch: 3 }
const moved = { topicId, partitionId: 0 }
const none = { removingReplicas: [], addingReplicas: [], partitionEpoch: 0 }

/** What Apache Kafka 4.3.1 writes of its controller, and of the replicas of a new topic. */
const ofKafka = [
  '011b00000000018b4bb7a959184f3bb6a1b5d691e8849900020b434f4e54524f4c4c4552' +
    '0a3132372e302e302e31947d000000020e67726f75702e76657273696f6e000000010000',
  '011c00' + '0274' + '00',
].map((hex) => new Uint8Array(Buffer.from(hex, 'hex')))

/** Returns a broker on the metadata of an Apache Kafka with topic `t`, and what it warned of. */
function brokerOn(baseOffset: number): { harness: BrokerHarness; warnings: string[] } {
  const values = [
    ...ofKafka,
    encodeMetadataRecord({ type: 'topicRecord', value: { name: 't', topicId } }),
    encodeMetadataRecord({
      type: 'partitionRecord',
      value: { ...partition, ...none, partitionId: 0 },
    }),
    // Its broker went and came back, which is an epoch each.
    ...[-1, 1].map((leader) =>
      encodeMetadataRecord({ type: 'partitionChangeRecord', value: { ...moved, leader } }),
    ),
    encodeMetadataRecord({ type: 'partitionChangeRecord', value: { ...moved, isr: [1] } }),
  ]
  const records = values.map((value) => ({ key: null, value, timestamp: 1 }))
  const batch = writeBatch(records, {}) as Uint8Array
  stampBatch(batch, 0, { baseOffset, leaderEpoch: 1 })
  const storage = new MemoryStorage()
  const name = String(baseOffset).padStart(20, '0')
  writeDerivedFile(storage, `__cluster_metadata-0/${name}.log`, batch)
  const warnings: string[] = []
  const warn = (message: string) => void warnings.push(message)
  const harness = new BrokerHarness({ storage, logger: { ...silentLogger, warn } })
  return { harness, warnings }
}

test('a start goes on with the metadata of an Apache Kafka', async () => {
  const { harness, warnings } = brokerOn(0)
  const { topics } = await harness.request(metadata, 12, { topics: [{ name: 't' }] })
  assert.equal(topics[0]!.topicId, topicId)
  // Clients that have seen the epoch take nothing from a broker with an earlier one.
  assert.deepEqual(
    topics[0]!.partitions.map(({ leaderEpoch }) => leaderEpoch),
    [5],
  )
  const asked = { partition: 0, currentLeaderEpoch: 5, leaderEpoch: 5 }
  await harness.send('t', 0, batchOf(['a']))
  const request = { replicaId: -1, topics: [{ topic: 't', partitions: [asked] }] }
  const epochs = await harness.request(offsetForLeaderEpoch, 4, request)
  assert.equal(epochs.topics[0]!.partitions[0]!.endOffset, 1)
  assert.ok(!warnings.some((text) => text.includes('not known')))
})

test('a start tells of metadata that an Apache Kafka has in a snapshot', () => {
  const { warnings } = brokerOn(7)
  assert.ok(warnings.some((text) => text.includes('not known')))
})

test('an empty partition of an Apache Kafka is led in the epoch that it was led in', async () => {
  const storage = new MemoryStorage()
  storage.open('t-0/00000000000000000100.log').close()
  const epochs = new TextEncoder().encode('0\n1\n5 100\n')
  writeDerivedFile(storage, 't-0/leader-epoch-checkpoint', epochs)
  const harness = new BrokerHarness({ storage })
  await harness.broker.whenReady()
  const { topics } = await harness.request(metadata, 12, { topics: [{ name: 't' }] })
  assert.equal(topics[0]!.partitions[0]!.leaderEpoch, 5)
  await harness.broker.close()
})
