/**
 * The broker: turns each message into a call of the handler for its API, and the answer back into
 * a message. `open-parts.ts` puts together what it holds.
 *
 * Everything but waiting for the disk and for records is synchronous, so handlers never overlap in
 * the middle of a decision.
 */

import { ByteReader } from '../bytes/reader.ts'
import { ByteWriter } from '../bytes/writer.ts'
import type { Frame } from '../connection/frame.ts'
import {
  RefusedRequestError,
  type AuthenticatedUser,
  type Peer,
  type Reply,
  type RequestHandler,
} from '../connection/request-handler.ts'
import { CompactionSchedule } from '../log/compaction/schedule.ts'
import { logConfigDefaults } from '../log/log-config.ts'
import { LogManager } from '../log/log-manager.ts'
import { LogSchedule } from '../log/log-schedule.ts'
import type { Api } from '../protocol/api.ts'
import { encodingOf } from '../protocol/api.ts'
import { apiVersions } from '../protocol/api-versions.ts'
import { produce } from '../protocol/produce.ts'
import { readRequestHeader, writeResponseHeader } from '../protocol/server-header.ts'
import { noCodecs, type Codecs } from '../record/compression.ts'
import type { Clock, Logger, Random } from '../runtime/runtime.ts'
import type { Storage } from '../storage/storage.ts'
import { resolveBrokerOptions, type BrokerOptions } from './broker-options.ts'
import { expressionsSettled } from './expressions.ts'
import { advertisedApis, handlerOf, type ApiHandler } from './handlers.ts'
import { unsupportedVersion } from './handlers/api-versions.ts'
import { openParts } from './open-parts.ts'
import { handleMetered } from './quotas/metered-exchange.ts'
import type { BrokerParts } from './request-context.ts'
import { clusterResourceName } from './security/authorizer.ts'
import { Sessions, visit } from './security/session.ts'
import { BrokerStats } from './stats/broker-stats.ts'

export interface BrokerSetup {
  readonly storage: Storage
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** To look into compressed batches, as for a record by its timestamp. @default none */
  readonly codecs?: Codecs
  readonly options?: BrokerOptions
  /** Called once, when the broker can store nothing any more and should be restarted. */
  readonly onFailure: (error: Error) => void
}

/** A topic in a few numbers, for status pages. */
export interface TopicSummary {
  readonly name: string
  readonly partitionCount: number
  readonly recordCount: number
  readonly sizeBytes: number
}

/**
 * Items that all arrays of a request may have together: every partition of a full broker, each in a
 * topic of its own, and some more. A byte of a request can become a hundred in memory.
 */
const requestItemsMax = 250_000

export class Broker implements RequestHandler {
  readonly #parts: BrokerParts
  readonly #logs: LogManager
  readonly #storage: Storage
  readonly #sessions: Sessions
  readonly #schedule: LogSchedule
  readonly #compaction: CompactionSchedule
  #closing: Promise<void> | undefined

  /**
   * Opens what `storage` holds, repairing what a crash left behind.
   *
   * @throws RangeError naming a bad option
   * @throws DamagedLogError where records that may have been acknowledged would be lost
   */
  static open(setup: BrokerSetup): Broker {
    return new Broker(setup)
  }

  private constructor(setup: BrokerSetup) {
    const { storage, clock, random, logger, codecs = noCodecs } = setup
    const options = resolveBrokerOptions(setup.options)
    const { flush } = options
    this.#storage = storage
    const logs = LogManager.open({ ...setup, codecs, flush, config: logConfigDefaults })
    this.#logs = logs
    const sessions = new Sessions(options.authentication === 'required')
    this.#sessions = sessions
    this.#parts = openParts({ logs, options, sessions, clock, random, logger, codecs })
    this.#compaction = new CompactionSchedule({
      logs,
      storage,
      clock,
      logger,
      codecs,
      checkMs: options.compactionCheckMs,
    })
    this.#compaction.start()
    this.#parts.topics.onRemoved(() => void this.#compaction.forgetDeleted())
    this.#schedule = new LogSchedule({ logs, clock, retentionCheckMs: options.retentionCheckMs })
  }

  opened(peer: Peer): void {
    this.#parts.throttle.opened(peer)
  }

  isPipelined(message: Uint8Array): boolean {
    return message[0] === 0 && message[1] === produce.key
  }

  handle(message: Uint8Array, peer: Peer): Reply {
    if (this.#closing) throw new RefusedRequestError('the broker is closed')
    const session = this.#sessions.of(peer)
    const { authentication } = this.#parts
    // Those whose connection has ended do not hear that what proved them is void.
    if (peer.closed.aborted && session.user?.isCurrent() === false) throw outdated()
    if (session.isGuarded && authentication.takesBareToken(session)) {
      return authentication.bareToken(session, message)
    }
    const reader = new ByteReader(message)
    const { apiKey, apiVersion: version, correlationId, clientId } = readRequestHeader(reader)
    const entry = handlerOf(apiKey)
    if (apiKey === apiVersions.key && (!entry || version < entry.min || version > entry.max)) {
      // A client that is newer than we are learns from this answer how to ask (KIP-511).
      return responseFrame(
        apiVersions as unknown as Api,
        0,
        correlationId,
        unsupportedVersion(advertisedApis),
      )
    }
    if (!entry || version < entry.min || version > entry.max) {
      throw new RefusedRequestError(`API ${apiKey} version ${version} is not served`)
    }
    if (session.isGuarded) authentication.admit(session, apiKey)
    const { api, handler }: ApiHandler = entry
    reader.limitItems(requestItemsMax)
    // What follows the last field is left alone, as Kafka does: some clients send a byte too many.
    const request = api.request.read(reader, encodingOf(api, version))
    const context = { version, clientId, peer, session, broker: this.#parts }
    if (this.#parts.requestQuotas.isEnabled) {
      return handleMetered({
        apiKey,
        requestBytes: message.length,
        context,
        run: () => handler(request, context),
        frameOf: (response) => responseFrame(api, version, correlationId, response),
      })
    }
    const { clock, requestStats } = this.#parts
    const startedMs = clock.monotonic()
    const answer = handler(request, context)
    const frameOf = (response: unknown): Frame | undefined => {
      requestStats.answered(apiKey, clock.monotonic() - startedMs)
      return responseFrame(api, version, correlationId, response)
    }
    return answer instanceof Promise ? answer.then(frameOf) : frameOf(answer)
  }

  /**
   * Resolves once what a crash left behind is on the disk, and can be shown to consumers, and what
   * groups need is loaded. Requests before that are answered as if those records were not there.
   */
  async whenReady(): Promise<void> {
    await Promise.all([this.#logs.whenReady(), expressionsSettled()])
  }

  /** Whether there is anybody who could prove who they are. */
  get hasUsers(): boolean {
    return !this.#parts.credentials.isEmpty
  }

  /** Resolves with the user whose password it is, after a while with none where it is nobody's. */
  userOf(name: string, password: string): Promise<AuthenticatedUser | undefined> {
    return this.#parts.authentication.userOf(name, password)
  }

  /** Whether somebody who calls from `host` without a connection may see what is in the cluster. */
  mayDescribeCluster(user: AuthenticatedUser | undefined, host: string): boolean {
    const { authorizer, options } = this.#parts
    if (options.authentication === 'none') return true
    if (!user) return false
    return authorizer.allows(visit(user, host), 'describe', 'cluster', clusterResourceName)
  }

  /** What is in each topic, in the order of their names. */
  describeTopics(): TopicSummary[] {
    const summaries = [...this.#parts.topics.all()].map(({ name, partitionCount, partitions }) => ({
      name,
      partitionCount,
      recordCount: sum(partitions.map((log) => log.highWatermark - log.startOffset)),
      sizeBytes: sum(partitions.map((log) => log.sizeBytes)),
    }))
    return summaries.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** How much there is and was to do, for those who watch. */
  get stats(): BrokerStats {
    return new BrokerStats(this.#parts)
  }

  /** Puts everything on the disk and closes it. Requests that come later fail. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#schedule.stop()
    for (const answer of this.#parts.waiting) answer()
    this.#parts.throttle.close()
    this.#parts.topics.close()
    this.#parts.groups.close()
    this.#parts.transactions.close()
    try {
      await this.#compaction.stop()
      await this.#logs.close()
    } finally {
      this.#storage.close()
    }
  }
}

function responseFrame(
  api: Api,
  version: number,
  correlationId: number,
  response: unknown,
): Frame | undefined {
  if (response === undefined) return undefined
  const writer = new ByteWriter()
  writeResponseHeader(writer, api, version, correlationId)
  api.response.write(writer, response, encodingOf(api, version))
  return writer.pieces()
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function outdated(): Error {
  return new RefusedRequestError('its credentials were taken away before its turn came')
}
