/**
 * A server in a process of its own that watches itself: errors in its log, and turns of its event
 * loop that took too much processor time. It tells the process that started it.
 *
 *     node server-process.ts '{"dataFolder": …}'
 */

import { Broker } from '../../../src/broker/broker.ts'
import { handlerOf } from '../../../src/broker/handlers.ts'
import type { Logger } from '../../../src/runtime/runtime.ts'
import { KafkaServer } from '../../../src/server/server.ts'
import type { ServerOptions } from '../../../src/server/server-options.ts'

export interface Memory {
  readonly heapBytes: number
  readonly heapTotalBytes: number
  readonly outsideBytes: number
  readonly residentBytes: number
}

/** What the server's process says. */
export type ServerReport =
  | { readonly type: 'listening'; readonly port: number }
  | {
      readonly type: 'log'
      readonly level: string
      readonly message: string
      readonly facts: string
    }
  | {
      readonly type: 'stall'
      readonly cpuMs: number
      readonly wallMs: number
      readonly recent: string[]
    }
  | { readonly type: 'memory'; readonly memory: Memory }
  | { readonly type: 'broken'; readonly reason: string }

const stallMs = 50
const tickMs = 20
const recentMax = 40

const report = (line: ServerReport): void => void process.send?.(line)

process.on('uncaughtException', (error) => {
  report({ type: 'broken', reason: `uncaught: ${error.stack}` })
  process.exit(1)
})
process.on('unhandledRejection', (error) => {
  const reason = error instanceof Error ? error.stack : String(error)
  report({ type: 'broken', reason: `rejection that nobody handles: ${reason}` })
})

const recent: string[] = []
/** Collecting all garbage at once takes its time. */
let isMeasuring = false
watchRequests()

const options = JSON.parse(process.argv[2] ?? '{}') as ServerOptions
const server = await KafkaServer.start({ ...options, logger: reportingLogger() })
server.failed.catch((error: unknown) => {
  report({ type: 'broken', reason: `the broker has stopped: ${String(error)}` })
})
watchLoop()
report({ type: 'listening', port: server.address.port })

process.on('message', (command: string) => {
  if (command === 'memory')
    void measureMemory().then((memory) => report({ type: 'memory', memory }))
  if (command === 'stop') void server.close().then(() => process.exit(0))
})
process.on('disconnect', () => process.exit(2))

function reportingLogger(): Logger {
  const at =
    (level: string) =>
    (message: string, facts: Readonly<Record<string, unknown>> = {}): void => {
      report({ type: 'log', level, message, facts: JSON.stringify(facts, errorsToo) })
    }
  return { debug: () => {}, info: () => {}, warn: () => {}, error: at('error') }
}

function errorsToo(_: string, value: unknown): unknown {
  return value instanceof Error ? value.stack : value
}

/** Remembers what was asked last, and how long its first part took. */
function watchRequests(): void {
  const { value } = Object.getOwnPropertyDescriptor(Broker.prototype, 'handle')!
  const handle = value as Broker['handle']
  Broker.prototype.handle = function (this: Broker, message, peer) {
    const start = process.threadCpuUsage()
    try {
      return handle.call(this, message, peer)
    } finally {
      const { user, system } = process.threadCpuUsage(start)
      const name = handlerOf((message[0]! << 8) | message[1]!)?.api.name ?? '?'
      const ms = ((user + system) / 1000).toFixed(1)
      recent.push(`${name} v${message[3]} ${message.length} bytes: ${ms} ms`)
      if (recent.length > recentMax) recent.shift()
    }
  }
}

/** Processor time is what counts: other programs on the machine make wall time meaningless. */
function watchLoop(): void {
  let usage = process.threadCpuUsage()
  let atMs = performance.now()
  setInterval(() => {
    const { user, system } = process.threadCpuUsage(usage)
    const cpuMs = (user + system) / 1000
    const wallMs = performance.now() - atMs
    usage = process.threadCpuUsage()
    atMs = performance.now()
    if (cpuMs > stallMs + tickMs && !isMeasuring)
      report({ type: 'stall', cpuMs, wallMs, recent: [...recent] })
    recent.length = 0
  }, tickMs).unref()
}

async function measureMemory(): Promise<Memory> {
  isMeasuring = true
  for (let round = 0; round < 3; round++) {
    // The last resort gives back pages that are empty as well.
    globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  isMeasuring = false
  const { heapUsed, heapTotal, external, rss } = process.memoryUsage()
  return {
    heapBytes: heapUsed,
    heapTotalBytes: heapTotal,
    outsideBytes: external,
    residentBytes: rss,
  }
}
