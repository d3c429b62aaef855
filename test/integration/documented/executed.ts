/** Which parts of a program have run, as V8 counts them. */

import { Session } from 'node:inspector/promises'

/** Parts of a source, as offsets of characters, that have not run. */
type Gaps = readonly { readonly start: number; readonly end: number }[]

export interface Executions {
  /** Ends the counting. Returns what has not run, by the URL of the file. */
  stop(): Promise<ReadonlyMap<string, Gaps>>
}

/** Counts what runs of the modules that are imported from now on. */
export async function countExecutions(): Promise<Executions> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  return {
    async stop() {
      const { result } = await session.post('Profiler.takePreciseCoverage')
      session.disconnect()
      return new Map(
        result.map(({ url, functions }) => {
          const ranges = functions.flatMap((each) => each.ranges)
          return [url, gapsOf(ranges)] as const
        }),
      )
    },
  }
}

/** Blocks that ran are within functions that ran, and the other way round: both are looked at. */
function gapsOf(
  ranges: readonly { count: number; startOffset: number; endOffset: number }[],
): Gaps {
  return ranges
    .filter(({ count }) => count === 0)
    .map(({ startOffset: start, endOffset: end }) => ({ start, end }))
}

/** Whether `text` is in `source`, in code that has run. Any white space stands for any other. */
export function hasRun(source: string, text: string, gaps: Gaps): boolean {
  const pattern = text
    .split(' ')
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('\\s+')
  const comments = [...source.matchAll(/\/\*[^]*?\*\/|\/\/ .*/g)].map(({ index, 0: comment }) => ({
    start: index,
    end: index + comment.length,
  }))
  return [...source.matchAll(new RegExp(pattern, 'g'))].some(({ index, 0: found }) =>
    [...gaps, ...comments].every(({ start, end }) => index + found.length <= start || index >= end),
  )
}
