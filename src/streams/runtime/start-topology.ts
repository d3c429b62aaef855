/** Starts what a program has built, on a client. It is loaded when the first program is run. */

import type { Cluster } from '../../client/cluster/cluster.ts'
import type { RunSettings } from '../dsl/run-settings.ts'
import type { RunStatus } from '../dsl/run-status.ts'
import type { StreamStatus } from '../dsl/stream-queries.ts'
import type { StateFolder } from '../stores/local-store.ts'
import type { TopologyNode } from '../topology/topology-node.ts'
import { StreamApp } from './stream-app.ts'
import { StreamMeter } from './stream-meter.ts'
import { SupervisedStream } from './supervised-stream.ts'

export interface StartOptions {
  readonly ends: readonly TopologyNode[]
  readonly settings: RunSettings
  readonly status: RunStatus
  /** Opens where local stores are, if there are to be any. */
  readonly openStateFolder?: (() => StateFolder) | undefined
}

const workerIdBytes = 8

export function startTopology(
  cluster: Cluster,
  { ends, settings, status, openStateFolder }: StartOptions,
): SupervisedStream {
  const meter = new StreamMeter()
  const onStatus = (now: StreamStatus): void => status.update(now)
  const workerId = cluster.platform.random.bytes(workerIdBytes)
  return new SupervisedStream({
    name: settings.name,
    clock: cluster.platform.clock,
    logger: cluster.logger,
    meter,
    status,
    start: () => {
      const folder = opened(openStateFolder)
      const options = { ...settings, folder, meter, onStatus, workerId }
      return new StreamApp(cluster, ends, options)
    },
  })
}

function opened(openStateFolder: StartOptions['openStateFolder']): StateFolder | Error | undefined {
  try {
    return openStateFolder?.()
  } catch (error) {
    return error as Error
  }
}
