/** Starts what a program has built, on a client. It is loaded when the first program is run. */

import type { Cluster } from '../../client/cluster/cluster.ts'
import type { RunSettings } from '../dsl/run-settings.ts'
import type { StateFolder } from '../stores/local-store.ts'
import type { TopologyNode } from '../topology/topology-node.ts'
import { StreamApp } from './stream-app.ts'
import { StreamMeter } from './stream-meter.ts'
import { SupervisedStream } from './supervised-stream.ts'

export interface StartOptions {
  readonly ends: readonly TopologyNode[]
  readonly settings: RunSettings
  /** Opens where local stores are, if there are to be any. */
  readonly openStateFolder?: (() => StateFolder) | undefined
}

export function startTopology(
  cluster: Cluster,
  { ends, settings, openStateFolder }: StartOptions,
): SupervisedStream {
  const meter = new StreamMeter()
  return new SupervisedStream({
    name: settings.name,
    clock: cluster.platform.clock,
    logger: cluster.logger,
    meter,
    start: () => new StreamApp(cluster, ends, { ...settings, openStateFolder, meter }),
  })
}
