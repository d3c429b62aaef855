/**
 * A process of its own that runs the workload on a real folder, and says at its end what it was
 * told: a ledger as JSON on the standard output. It is run by `sweep-process.ts`.
 */

import { NodeStorage } from '../../src/storage/node-storage.ts'
import { BrokerHarness } from '../support/broker-harness.ts'
import { seededRandom } from '../support/random.ts'
import { encodeLedger, Ledger } from './ledger.ts'
import { HangError, patience, Workload } from './workload.ts'

// A real disk takes its time.
patience.turns = 400_000

const ledger = new Ledger()
const unhandled: unknown[] = []
process.on('unhandledRejection', (error) => unhandled.push(error))
let failure: unknown
try {
  const storage = new NodeStorage(process.argv[2]!)
  const workload = new Workload(new BrokerHarness({ storage, random: seededRandom(1) }), ledger)
  await workload.run('close')
} catch (error) {
  // A start that cannot read or write its folder is refused.
  if (error instanceof HangError) failure = error
}
failure ??= unhandled[0]
process.stdout.write(encodeLedger(ledger))
if (failure !== undefined) throw failure
process.exit(0)
