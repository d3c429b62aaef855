/**
 * Three brokers for the tests of one file, each of which begins with all of them; and what clients
 * say meanwhile, which is printed where a test fails.
 */

import { after, afterEach, before, beforeEach } from 'node:test'
import { startApacheKafkaCluster } from '../../support/apache-kafka-cluster.ts'
import type {
  ApacheKafkaCluster,
  ApacheKafkaClusterOptions,
} from '../../support/apache-kafka-cluster.ts'
import { KeptLog } from './gaps.ts'

export interface ClusterRig {
  readonly cluster: ApacheKafkaCluster
  /** For the clients of the test that runs. */
  readonly log: KeptLog
}

/** To be called where a file's tests are told of; `cluster` is there once they run. */
export function clusterRig(options: ApacheKafkaClusterOptions): ClusterRig {
  let cluster: ApacheKafkaCluster | undefined
  let log = new KeptLog()
  before(async () => {
    cluster = await startApacheKafkaCluster(options)
  })
  after(() => cluster?.stop())
  beforeEach(() => {
    log = new KeptLog()
  })
  afterEach(async (context) => {
    if ('passed' in context && !context.passed) process.stdout.write(log.last())
    // The next test begins with all brokers, whatever became of this one.
    await cluster!.mend()
  })
  return {
    get cluster() {
      return cluster!
    },
    get log() {
      return log
    },
  }
}
