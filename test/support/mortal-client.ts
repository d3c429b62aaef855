/**
 * A program that dies in the middle of a transaction, as far as brokers can tell: when it is about
 * to end one, all of its connections break, and it does not come back.
 */

import { Kafka } from '../../src/client/kafka.ts'
import type { KafkaOptions } from '../../src/client/settings/kafka-options.ts'
import type { Dialer } from '../../src/connection/frame.ts'
import { endTxn } from '../../src/protocol/end-txn.ts'
import { nodeCodecs } from '../../src/record/node-compression.ts'
import { silentLogger } from '../../src/runtime/runtime.ts'
import { systemClock, systemRandom } from '../../src/runtime/system-runtime.ts'
import { apiKeyOf, faultyDialer } from './faulty-dialer.ts'

export interface MortalClient {
  readonly kafka: Kafka
  /** Resolves when it is dead. */
  readonly death: Promise<void>
}

export function openMortalClient(dialer: Dialer, options: KafkaOptions = {}): MortalClient {
  const { promise: death, resolve } = Promise.withResolvers<void>()
  let isDead = false
  const mortal = faultyDialer(dialer, (frame) => {
    if (apiKeyOf(frame) === endTxn.key) {
      isDead = true
      resolve()
    }
    return isDead ? 'send' : undefined
  })
  return { kafka: openClient(mortal, options), death }
}

/** Returns a client that dials `dialer`, whatever its URL says. */
export function openClient(dialer: Dialer, options: KafkaOptions = {}): Kafka {
  const open = () => ({ dialer })
  return new Kafka(
    { url: 'memory:', ...options },
    {
      transports: { memory: open, kafka: open },
      clock: systemClock,
      random: systemRandom,
      codecs: nodeCodecs,
      env: {},
      logger: silentLogger,
    },
  )
}
