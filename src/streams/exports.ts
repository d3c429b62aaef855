/** What the SDK exports of streams, beside the methods of `Kafka` that make them. */

export type { AggregateParts, TableLimits } from './dsl/aggregate-plans.ts'
export type { GroupedStream } from './dsl/grouped-stream.ts'
export type { WindowedGroup, WindowedStream } from './dsl/grouped-stream.ts'
export type {
  Agreeing,
  JoinedKey,
  JoinOn,
  KeyLike,
  LookupOnOption,
  WithoutOn,
} from './dsl/join-keys.ts'
export type {
  JoinOnOption,
  JoinWindow,
  StreamJoinOptions,
  TableLookupOptions,
} from './dsl/join-plans.ts'
export type { JoinedStream, KafkaStream } from './dsl/kafka-stream.ts'
export type { MapAsyncOptions } from './dsl/carried-options.ts'
export type { RepartitionOptions } from './dsl/repartition-plan.ts'
export type { CarriedKey, CarriedOptions, CarriedValue } from './dsl/carried-options.ts'
export type { AggregateOptions, KeyOptions, MapOptions } from './dsl/carried-options.ts'
export type { CogroupedStream, CogroupParts, WindowedCogroup } from './dsl/cogrouped-stream.ts'
export type { Grouping } from './dsl/aggregate-plans.ts'
export type { NamedOptions } from './dsl/origin.ts'
export type { ForEachOptions, SinkOptions } from './dsl/sink-plans.ts'
export type {
  KeyOwner,
  StandbyMetrics,
  StoredTable,
  StreamMetrics,
  StreamRun,
  StreamStatus,
  TableStore,
  TaskMetrics,
  WindowStore,
} from './dsl/stream-queries.ts'
export { StoreUnavailableError } from './runtime/store-unavailable-error.ts'
export type { GlobalTable } from './dsl/global-table.ts'
export type { SourceOptions, StreamOptions, TableOptions } from './dsl/source-options.ts'
export type { StreamSources } from './dsl/stream-source.ts'
export type { GroupedTable, Table, TableJoinOptions } from './dsl/table.ts'
export type { WindowedTable } from './dsl/windowed-table.ts'
export type { DroppedRecord, FailedRecord, RestoreProgress, RunOptions } from './dsl/run-options.ts'
export type { NodeDescription, TopologyDescription } from './topology/describe.ts'
export { TopologyChangedError } from './topology/topology-changed-error.ts'
export { InvalidTopologyError } from './topology/invalid-topology-error.ts'
export { structured } from './stores/structured.ts'
export { Window } from './window.ts'
export type { SessionWindow, SlidingWindow, TimeWindow, WindowDefinition } from './window.ts'
export type { WindowedKey, WindowOptions, WindowResult } from './window.ts'
