/**
 * A request and its answer, held against the quotas of who sent it. Who is over one gets the answer
 * at once, with the time to wait in it, and is not read from for that time, whether it reads that
 * or not (KIP-219).
 */

import type { Frame } from '../../connection/frame.ts'
import type { Reply } from '../../connection/request-handler.ts'
import { fetch } from '../../protocol/fetch.ts'
import { produce } from '../../protocol/produce.ts'
import { writeTxnMarkers } from '../../protocol/write-txn-markers.ts'
import type { RequestContext } from '../request-context.ts'

export interface Exchange {
  readonly apiKey: number
  readonly requestBytes: number
  readonly context: RequestContext
  /** Handles the request. */
  run(): unknown
  /** Makes a message of the answer. */
  frameOf(response: object | undefined): Frame | undefined
}

/** What handlers of all APIs may answer. */
interface Throttled {
  readonly throttleTimeMs?: number
}

export function handleMetered(exchange: Exchange): Reply {
  const { clock, requestStats } = exchange.context.broker
  const startedMs = clock.monotonic()
  const answer = exchange.run()
  const spentMs = clock.monotonic() - startedMs
  const settled = (response: object | undefined): Frame | undefined => {
    requestStats.answered(exchange.apiKey, clock.monotonic() - startedMs)
    return settle(exchange, response, spentMs)
  }
  return answer instanceof Promise ? answer.then(settled) : settled(answer as object | undefined)
}

function settle(
  exchange: Exchange,
  response: (object & Throttled) | undefined,
  spentMs: number,
): Frame | undefined {
  const { context, apiKey } = exchange
  const { requestQuotas, throttle } = context.broker
  const frame = exchange.frameOf(response)
  // Whoever wants no answer can only have sent too much.
  const isExempt = !frame || apiKey === writeTxnMarkers.key
  const throttleTimeMs = Math.max(
    response?.throttleTimeMs ?? 0,
    isExempt ? 0 : requestQuotas.spent(context, spentMs),
    bandwidthThrottleMs(exchange, frame),
  )
  if (throttleTimeMs === 0) return frame
  throttle.mute(context.peer, throttleTimeMs)
  if (!response) return frame
  if (apiKey !== fetch.key) return exchange.frameOf({ ...response, throttleTimeMs })
  // It is given nothing, so that is not to be counted.
  requestQuotas.fetched(context, -bytesOf(frame))
  return exchange.frameOf({ throttleTimeMs, errorCode: 0, responses: [] })
}

function bandwidthThrottleMs(exchange: Exchange, frame: Frame | undefined): number {
  const { apiKey, context, requestBytes } = exchange
  const { requestQuotas } = context.broker
  if (apiKey === produce.key) return requestQuotas.produced(context, requestBytes)
  if (apiKey === fetch.key) return requestQuotas.fetched(context, bytesOf(frame))
  return 0
}

function bytesOf(frame: Frame | undefined): number {
  return frame?.reduce((total, piece) => total + piece.length, 0) ?? 0
}
