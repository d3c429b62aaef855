/**
 * AddPartitionsToTxn: adds partitions to a transaction before they are written to.
 *
 * Versions 0–5. Clients use 0–3, of which 2 adds PRODUCER_FENCED (KIP-588) and 3 is flexible
 * (KIP-482). Versions 4–5 go from broker to broker, carry several transactions and can only verify
 * (KIP-890).
 */

import { api } from './api.ts'
import { array, boolean, int16, int32, int64, optional, since, string, within } from './codec.ts'
import { struct } from './struct.ts'

const topic = struct({ name: string, partitions: array(int32) })

const topicResult = struct({
  name: string,
  resultsByPartition: array(struct({ partitionIndex: int32, partitionErrorCode: int16 })),
})

export const addPartitionsToTxn = api({
  name: 'AddPartitionsToTxn',
  key: 24,
  versions: { min: 0, max: 5, flexibleFrom: 3 },
  request: struct({
    transactions: since(
      4,
      array(
        struct({
          transactionalId: string,
          producerId: int64,
          producerEpoch: int16,
          verifyOnly: optional(boolean, false),
          topics: array(topic),
        }),
      ),
      [],
    ),
    v3AndBelowTransactionalId: within({ max: 3 }, string, ''),
    v3AndBelowProducerId: within({ max: 3 }, int64, 0),
    v3AndBelowProducerEpoch: within({ max: 3 }, int16, 0),
    v3AndBelowTopics: within({ max: 3 }, array(topic), []),
  }),
  response: struct({
    throttleTimeMs: optional(int32, 0),
    errorCode: since(4, int16, 0),
    resultsByTransaction: since(
      4,
      array(struct({ transactionalId: string, topicResults: array(topicResult) })),
      [],
    ),
    resultsByTopicV3AndBelow: within({ max: 3 }, array(topicResult), []),
  }),
})
