/**
 * All operators, as what runs a topology hands them to its plan: a plan alone needs none of them,
 * so that a page which only says what is to be done does not load how.
 */

import { Aggregate } from './aggregate.ts'
import { ForEach, Sink, StreamSource } from './ends.ts'
import { ForeignKeyAnswer } from './foreign-key-answer.ts'
import { ForeignKeyJoin } from './foreign-key-join.ts'
import { ForeignKeyResult } from './foreign-key-result.ts'
import { ForeignKeySubscribe } from './foreign-key-subscribe.ts'
import { GlobalTable } from './global-table.ts'
import { LimitedAggregate } from './limited-aggregate.ts'
import { MapAsync } from './map-async.ts'
import { SessionAggregate } from './session-aggregate.ts'
import { SlidingAggregate } from './sliding-aggregate.ts'
import { Arm, Branch, Filter, FlatMapValue, MapRecord } from './stateless.ts'
import { MapValue, Merge, Peek, SelectKey } from './stateless.ts'
import { StreamJoin } from './stream-join.ts'
import { StreamTableJoin } from './stream-table-join.ts'
import { Suppress } from './suppress.ts'
import { TableGroup, TableRegroup } from './table-group.ts'
import { TableJoin } from './table-join.ts'
import { TableFilter, TableMap, TableSource, VersionedTableSource } from './table.ts'
import { TimeWindowAggregate } from './time-window-aggregate.ts'

export const catalog = Object.freeze({
  Aggregate,
  Arm,
  Branch,
  Filter,
  FlatMapValue,
  ForEach,
  ForeignKeyAnswer,
  ForeignKeyJoin,
  ForeignKeyResult,
  ForeignKeySubscribe,
  GlobalTable,
  LimitedAggregate,
  MapAsync,
  MapRecord,
  MapValue,
  Merge,
  Peek,
  SelectKey,
  SessionAggregate,
  Sink,
  SlidingAggregate,
  StreamJoin,
  StreamSource,
  StreamTableJoin,
  Suppress,
  TableFilter,
  TableGroup,
  TableJoin,
  TableMap,
  TableRegroup,
  TableSource,
  TimeWindowAggregate,
  VersionedTableSource,
})

export type Catalog = typeof catalog
