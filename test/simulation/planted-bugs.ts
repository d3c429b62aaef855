/**
 * Mistakes that a log can make, as edits of its source. The simulation has to notice each of them:
 * one that it does not notice, it does not look for.
 */

import type { SourceEdit } from '../support/source-edit.ts'

export interface PlantedBug extends SourceEdit {
  readonly name: string
}

export const plantedBugs: readonly PlantedBug[] = [
  {
    name: 'the last segment is not synced',
    file: 'log/segment/segment-store.ts',
    find: 'Promise.all([this.#syncFolder(), active.sync()])',
    replace: 'Promise.all([this.#syncFolder(), false])',
  },
  {
    name: 'a closed segment is not synced before the next one',
    file: 'log/segment/segment-store.ts',
    find: '      await segment.sync()\n',
    replace: '',
  },
  {
    name: 'the folder is not synced after a segment was created or renamed',
    file: 'log/segment/segment-store.ts',
    find: '    this.#isFolderDirty = false\n    await storage.syncFolder(folder)\n',
    replace: '    this.#isFolderDirty = false\n',
  },
  {
    name: 'the folder is not synced after a file was replaced',
    file: 'storage/whole-file.ts',
    find: "await storage.syncFolder(slash < 0 ? '' : path.slice(0, slash))",
    replace: 'void slash',
  },
  {
    name: 'acks=all is answered before the sync',
    file: 'broker/handlers/produce.ts',
    find: 'if (acks === -1) {',
    replace: 'if (acks === -2) {',
  },
  {
    name: 'topics and groups are acknowledged before the sync',
    file: 'broker/state-log.ts',
    find: 'return this.#log.whenDurable(lastOffset + 1)\n',
    replace: 'void lastOffset\n    return Promise.resolve()\n',
  },
  {
    name: 'consumers see records that are not synced',
    file: 'log/flush-policy.ts',
    find: 'this.isAck ? Math.max(syncedOffset, this.#shownOffset) : endOffset',
    replace: 'endOffset + 0 * syncedOffset',
  },
  {
    name: 'the durable offset is taken after the sync, not before it',
    file: 'log/partition-log.ts',
    find: 'const endOffset = this.#endOffset\n    await this.#segments.sync()\n    return endOffset\n',
    replace: 'await this.#segments.sync()\n    return this.#endOffset\n',
  },
  {
    name: 'a sync that failed is tried again',
    file: 'log/durability.ts',
    find: '      this.#failed(error)\n    } finally {',
    replace: '      void error\n      setImmediate(() => this.request())\n    } finally {',
  },
  {
    name: 'after a failed sync, what the page cache shows is trusted',
    file: 'log/recovery/recovery.ts',
    find: 'const mustCopy = names.includes(failedSyncFile)',
    replace: 'const mustCopy = false',
  },
  {
    name: 'a torn tail is left in the file',
    file: 'log/recovery/recovery.ts',
    find: '  segment.file.truncate(position)\n',
    replace: '',
  },
  {
    name: 'recovery does not check the CRC of batches',
    file: 'log/recovery/scan.ts',
    find: "validateBatch } from '../../record/batch.ts'",
    replace: "readBatchHeader as validateBatch } from '../../record/batch.ts'",
  },
  {
    name: 'index files are trusted without a look',
    file: 'log/segment/segment-indexes.ts',
    find: 'return crc32c(bytes) === checksum ? bytes : undefined',
    replace: 'return checksum < 0 ? undefined : bytes',
  },
  {
    name: 'a pending segment gets its name before the one before it is synced',
    file: 'log/segment/segment-store.ts',
    find: '    this.#unsynced.push({ segment: closed, next })\n',
    replace: '    this.#unsynced.push({ segment: closed, next })\n    next.settle()\n',
  },
  {
    name: 'a restart forgets the producers',
    file: 'log/recovery/recovery.ts',
    find: '    applyBatch(state, batch, options.settings)\n',
    replace:
      '    applyBatch(state, { ...batch, header: { ...header, producerId: -1 } }, options.settings)\n',
  },
  {
    name: 'segments are removed although the start offset is not written',
    file: 'log/recovery/start-offset.ts',
    find: '      if (offset > this.#savedOffset) await this.#write(storage, folder, offset)\n',
    replace: '',
  },
  {
    name: 'a restart loses the last committed offset',
    file: 'broker/groups/load-groups.ts',
    find: 'if (transactionOf >= 0) return this.pending.add(transactionOf, group, [commit])',
    replace: 'if (committed && committed.offset % 7 === 6) return',
  },
  {
    name: 'compaction removes the old segments before the new one is on the disk',
    file: 'log/compaction/round.ts',
    find: '      await writer.sync()\n      this.#checkCurrent(group)\n      writer.setModified(',
    replace: '      this.#checkCurrent(group)\n      writer.setModified(',
  },
  {
    name: 'compaction removes tombstones at once',
    file: 'log/compaction/filter.ts',
    find: 'const areTombstonesOver = horizonMs !== undefined && horizonMs <= nowMs',
    replace: 'const areTombstonesOver = horizonMs !== undefined || nowMs > 0',
  },
  {
    name: 'a client gives the numbers of a batch to the next one, though it may be stored',
    file: 'client/failure/delivery-errors.ts',
    find: "  'KAFKA_STORAGE_ERROR',\n",
    replace: '',
  },
  {
    name: 'a client numbers a batch anew that it sends again',
    file: 'client/producer/accumulator.ts',
    find: 'if (batch.sequence < 0) {',
    replace: 'if (batch.recordCount > 0) {',
  },
  {
    name: 'consumers see what is not decided yet',
    file: 'log/partition-log.ts',
    find: "upTo === 'lastStable' ? this.lastStableOffset : this.highWatermark",
    replace: "upTo === 'lastStable' ? this.highWatermark : this.highWatermark",
  },
  {
    name: 'offsets are given out that a transaction is about to commit',
    file: 'broker/groups/group-offsets.ts',
    find: 'query.requireStable ? onlyStable(fetched, isPending) : fetched',
    replace: 'query.requireStable ? fetched : onlyStable(fetched, isPending)',
  },
  {
    name: 'a client hands out records of transactions that were aborted',
    file: 'client/consumer/fetched-batches.ts',
    find: 'header.isTransactional && aborting.has(producerId)',
    replace: 'header.isTransactional && aborting.has(-2)',
  },
  {
    name: 'a client says that a transaction is aborted, though the answer to its commit was lost',
    file: 'client/transaction/transaction-requests.ts',
    find: 'isLost = wasLost || error.maybeApplied || isUndecided(error)',
    replace: 'isLost = wasLost && isUndecided(error)',
  },
  {
    name: 'process() commits what comes after a record that is still worked on',
    file: 'client/consumer/records-in-hand.ts',
    find: "      isPrefix = other.state === 'processed'\n      if (isPrefix) noteProcessed(other)\n",
    replace:
      "      if (other.state === 'processed') noteProcessed(other)\n      else return true\n",
  },
  {
    name: 'process() begins with a record before the one with its key is done',
    file: 'client/consumer/record-processor.ts',
    find: 'if (waiting) waiting.push(work)',
    replace: 'if (waiting && this.#running > 2) waiting.push(work)',
  },
  {
    name: 'a stream commits offsets before what came of the records is stored',
    file: 'streams/runtime/task-commits.ts',
    find: '    await this.#write(drained)\n    await guarantee.commit(offsets)\n',
    replace:
      '    const writing = this.#write(drained)\n    writing.catch(() => {})\n    await guarantee.commit(offsets)\n    await writing\n',
  },
  {
    name: 'a stream leaves offsets out of its transactions',
    file: 'streams/runtime/guarantee.ts',
    find: '    if (first) {\n      // All',
    replace: '    if (first && offsets.size > 8) {\n      // All',
  },
]
