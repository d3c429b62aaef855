/** What a run is told, once its options are checked. */

import { durationMs } from '../../client/failure/duration.ts'
import { wholeNumber } from '../../client/settings/kafka-options.ts'
import { textHash } from '../operators/text-hash.ts'
import { isIterated } from './iterate.ts'
import type { RunOptions } from './run-options.ts'

export interface RunSettings {
  /** Names its group and the topics of its own. */
  readonly name: string
  readonly commitIntervalMs: number
  readonly isExactlyOnce: boolean
  readonly transactionTimeoutMs: number
  /** Without a record for so long, time goes on by itself. */
  readonly idleMs: number
  readonly standbyReplicas: number
  /** Callbacks of the program that may go on at once; above it, nothing more is processed. */
  readonly callbacksMax: number
  readonly onTopologyChange: 'fail' | 'accept'
  readonly onDrop: RunOptions['onDrop']
  readonly onError: RunOptions['onError']
  readonly deadLetter: string | undefined
  readonly onRestore: RunOptions['onRestore']
}

const callbacksMax = 1000
/** A loop looks at one after the other, and a commit waits for all of them. */
const loopCallbacksMax = 20

/** @throws InvalidOptionError */
export function resolveRun(name: string, options: RunOptions): RunSettings {
  const isExactlyOnce = options.guarantee === 'exactlyOnce'
  const commitInterval = isExactlyOnce ? '100ms' : '1s'
  return {
    name: fileName(name),
    isExactlyOnce,
    commitIntervalMs: durationMs('commitInterval', options.commitInterval ?? commitInterval),
    transactionTimeoutMs: durationMs('transactionTimeout', options.transactionTimeout ?? '10s'),
    idleMs: durationMs('idle', options.idle ?? '30s'),
    standbyReplicas: wholeNumber('standbyReplicas', options.standbyReplicas ?? 0),
    callbacksMax: isIterated(options) ? loopCallbacksMax : callbacksMax,
    onTopologyChange: options.onTopologyChange ?? 'fail',
    onDrop: options.onDrop,
    onError: options.onError,
    deadLetter: options.deadLetter,
    onRestore: options.onRestore,
  }
}

/**
 * Returns what topics, groups and folders may be called. Names in other letters, which all become
 * the same dashes, stay apart by a number, and get hardly longer.
 */
export function fileName(name: string): string {
  const ascii = name.replaceAll(/[^\w.-]+/g, '-')
  return /[^\0-\x7f]/.test(name) ? `${ascii}-${textHash(name).toString(36)}` : ascii
}
