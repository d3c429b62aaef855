/**
 * Ends connections to brokers that do not answer any more and never ended them: a machine that
 * hangs, a network that loses everything. What waits there is then asked of another broker. One
 * that is only slow answers on a new connection, and is waited for.
 */

import type { Address } from '../../connection/frame.ts'
import type { Clock, Timer } from '../../runtime/runtime.ts'
import type { BrokerChannel } from './broker-channel.ts'

export interface SilenceWatchOptions {
  readonly clock: Clock
  /** The time limit of operations; within it, another broker is to be asked. */
  readonly timeoutMs: number
  /** The connections that are open. */
  readonly open: ReadonlyMap<BrokerChannel, Address>
  /** Opens a connection of its own. Rejects where the broker does not answer there, either. */
  readonly probe: (address: Address, timeoutMs: number) => Promise<void>
  /** Ends the watching. */
  readonly signal: AbortSignal
}

/** Watches as long as there are connections; resolves when there are none. */
export function watchSilence(options: SilenceWatchOptions): Promise<void> {
  const { clock, timeoutMs, open, probe, signal } = options
  const silenceMs = timeoutMs / 3
  const probed = new Set<string>()
  const isSilent = (channel: BrokerChannel): boolean => channel.silentMs >= silenceMs

  async function check({ name }: BrokerChannel, address: Address): Promise<void> {
    if (probed.has(name)) return
    probed.add(name)
    try {
      await probe(address, timeoutMs / 6)
    } catch {
      const reason = new Error(`no answer for ${Math.round(silenceMs)} ms, and none to a probe`)
      for (const channel of open.keys()) {
        if (channel.name === name && isSilent(channel)) channel.close(reason)
      }
    }
    probed.delete(name)
  }

  return new Promise((resolve) => {
    let timer: Timer | undefined
    const look = (): void => {
      if (open.size === 0 || signal.aborted) return resolve()
      for (const [channel, address] of open) {
        if (isSilent(channel)) void check(channel, address)
      }
      timer = clock.after(silenceMs / 4, look)
    }
    const end = (): void => {
      timer?.cancel()
      resolve()
    }
    signal.addEventListener('abort', end, { once: true })
    look()
  })
}
