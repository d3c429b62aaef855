/**
 * What a script is written with: `ask` sends one request to both brokers, in every version that
 * both serve, and compares the answers. A difference that is not listed is noted, not thrown, so
 * that a run tells of all of them.
 */

import { setTimeout as delay } from 'node:timers/promises'
import { apiVersions } from '../../../src/protocol/api-versions.ts'
import type { Api } from '../../../src/protocol/api.ts'
import { comparable, learn, type Comparable } from './comparable.ts'
import { differencesOf, isAboutWords, type Difference } from './compare.ts'
import { listedDifferences } from './differences.ts'
import type { Tally } from './tally.ts'
import { requestMessage, Side, type NoAnswer } from './side.ts'

const settleMs = 2_000
const readyMs = 10_000
const pollMs = 25

/** Both answers, in the last version that was asked. `undefined` where there was none. */
export interface Answers<Response> {
  readonly theirs: Response | undefined
  readonly ours: Response | undefined
}

export interface AskOptions<Response> {
  /** @default every version that both serve */
  readonly versions?: readonly number[]
  /** @default 'main' */
  readonly connection?: string
  /** Each broker is asked again until this holds for its answer. */
  readonly until?: (answer: Response) => boolean
  /**
   * Asking changes nothing: Apache Kafka, whose brokers hear of the controller's decisions a moment
   * later, is asked again where it differs. @default false
   */
  readonly settles?: boolean
}

export type Body<Input> = Input | ((side: Side, version: number) => Input)

interface Asked<Request, Response, Input, ResponseInput> {
  readonly api: Api<Request, Response, Input, ResponseInput>
  readonly version: number
  readonly label: string
  readonly body: Body<Input>
  readonly options: AskOptions<Response>
}

export class Script {
  readonly theirs: Side
  readonly ours: Side
  readonly #tally: Tally
  readonly #served = new Map<number, { readonly min: number; readonly max: number }>()

  constructor(theirs: Side, ours: Side, tally: Tally) {
    this.theirs = theirs
    this.ours = ours
    this.#tally = tally
  }

  /** Finds out what both brokers serve. */
  async begin(): Promise<void> {
    const [theirs, ours] = await this.#both((side) => {
      const body = { clientSoftwareName: 'script', clientSoftwareVersion: '1' }
      return side.request(apiVersions, 3, { body, connection: 'main' })
    })
    if ('noAnswer' in theirs || 'noAnswer' in ours) throw new Error('no answer to ApiVersions')
    for (const { apiKey, minVersion, maxVersion } of theirs.apiKeys) {
      const own = ours.apiKeys.find((other) => other.apiKey === apiKey)
      if (own === undefined) continue
      // In Kafka, too, the versions of Produce below 3 are advertised but not served (KAFKA-18659).
      const min = apiKey === 0 ? 3 : Math.max(minVersion, own.minVersion)
      this.#served.set(apiKey, { min, max: Math.min(maxVersion, own.maxVersion) })
    }
  }

  /** Returns the versions that both brokers serve, within `from` and `to`. */
  versions(api: Pick<Api, 'key'>, { from = 0, to = Infinity } = {}): number[] {
    const served = this.#served.get(api.key)
    if (served === undefined) return []
    const versions: number[] = []
    const last = Math.min(to, served.max)
    for (let version = Math.max(from, served.min); version <= last; version++) {
      versions.push(version)
    }
    return versions
  }

  newest(api: Pick<Api, 'key'>): number[] {
    return this.versions(api).slice(-1)
  }

  async ask<Request, Response, Input, ResponseInput>(
    api: Api<Request, Response, Input, ResponseInput>,
    label: string,
    body: Body<Input>,
    options: AskOptions<Response> = {},
  ): Promise<Answers<Response>> {
    let answers: Answers<Response> = { theirs: undefined, ours: undefined }
    const served = this.versions(api)
    for (const version of options.versions ?? served) {
      if (!served.includes(version)) continue
      answers = await this.#askOnce({ api, version, label, body, options })
    }
    return answers
  }

  /** Sends a request that is not to be answered, as produce with `acks=0`. */
  async tell<Request, Response, Input, ResponseInput>(
    api: Api<Request, Response, Input, ResponseInput>,
    body: Body<Input>,
    { versions = this.versions(api), connection = 'main' }: AskOptions<Response> = {},
  ): Promise<void> {
    for (const version of versions) {
      await this.#both((side) => {
        const input = bodyFor(body, side, version)
        const message = requestMessage(api, version, { body: input, correlationId: -1 })
        return side.send(message, connection)
      })
    }
  }

  /** Sends bytes that are no request of ours; the answers are compared as bytes. */
  async raw(label: string, message: Uint8Array): Promise<void> {
    const connection = `raw ${label}`
    const [theirs, ours] = await this.#both((side) => side.exchange(message, connection))
    for (const side of [this.theirs, this.ours]) side.disconnect(connection)
    const text = (reply: Uint8Array | string): string => {
      return typeof reply === 'string' ? reply : Buffer.from(reply).toString('hex')
    }
    const differences = differencesOf(text(theirs), text(ours), 'bytes')
    this.#note({ api: 'raw', version: 0, label }, differences)
  }

  disconnect(connection: string): void {
    this.theirs.disconnect(connection)
    this.ours.disconnect(connection)
  }

  async #askOnce<Request, Response, Input, ResponseInput>(
    asked: Asked<Request, Response, Input, ResponseInput>,
  ): Promise<Answers<Response>> {
    const { api, version, label, options } = asked
    const [first, ours] = await this.#both((side) => this.#answerOf(asked, side))
    let theirs = first
    let found = this.#differences(theirs, ours)
    const deadline = performance.now() + settleMs
    while (options.settles === true && this.#mayStillSettle(asked, found)) {
      if (performance.now() > deadline) break
      await delay(pollMs)
      theirs = await this.#answerOf(asked, this.theirs)
      found = this.#differences(theirs, ours)
    }
    this.#note({ api: api.name, version, label }, found)
    return { theirs: answerIn(theirs), ours: answerIn(ours) }
  }

  async #answerOf<Request, Response, Input, ResponseInput>(
    asked: Asked<Request, Response, Input, ResponseInput>,
    side: Side,
  ): Promise<Response | NoAnswer> {
    const { api, version, label, options } = asked
    const body = bodyFor(asked.body, side, version)
    const connection = options.connection ?? 'main'
    const deadline = performance.now() + readyMs
    for (;;) {
      const answer = await side.request(api, version, { body, connection })
      learn(answer, { side, where: `${api.name} ${version} ${label}` })
      const isDone = isNoAnswer(answer) || (options.until?.(answer) ?? true)
      if (isDone || performance.now() > deadline) return answer
      await delay(pollMs)
    }
  }

  #differences(theirs: unknown, ours: unknown): Difference[] {
    const expected: Comparable = comparable(theirs, this.theirs)
    const actual: Comparable = comparable(ours, this.ours)
    return differencesOf(expected, actual)
  }

  #mayStillSettle(
    { api, version, label }: { api: Pick<Api, 'name'>; version: number; label: string },
    found: readonly Difference[],
  ): boolean {
    const step = { api: api.name, version, label }
    return found.some((one) => {
      const isExpected = isAboutWords(one) || listedDifferences.some(explains(step, one))
      return !isExpected && !this.#tally.isKnown(api.name, one)
    })
  }

  #note(step: Step, found: readonly Difference[]): void {
    const words = found.filter(isAboutWords)
    const facts = found.filter((one) => !isAboutWords(one))
    const unlisted: Difference[] = []
    for (const one of facts) {
      const listed = listedDifferences.find(explains(step, one))
      if (listed === undefined) unlisted.push(one)
      else this.#tally.countListed(listed)
    }
    this.#tally.count(step, { words, unlisted, listedCount: facts.length - unlisted.length })
  }

  async #both<Result>(act: (side: Side) => Promise<Result>): Promise<[Result, Result]> {
    return await Promise.all([act(this.theirs), act(this.ours)])
  }
}

export interface Step {
  readonly api: string
  readonly version: number
  readonly label: string
}

function explains(step: Step, difference: Difference) {
  return (listed: (typeof listedDifferences)[number]): boolean => {
    if (listed.api !== undefined && listed.api !== step.api) return false
    if (listed.step !== undefined && !listed.step.test(step.label)) return false
    if (!listed.path.test(difference.path)) return false
    return listed.when === undefined || listed.when(difference)
  }
}

function bodyFor<Input>(body: Body<Input>, side: Side, version: number): Input {
  return typeof body === 'function'
    ? (body as (side: Side, version: number) => Input)(side, version)
    : body
}

function isNoAnswer(answer: unknown): answer is NoAnswer {
  return typeof answer === 'object' && answer !== null && 'noAnswer' in answer
}

function answerIn<Response>(answer: Response | NoAnswer): Response | undefined {
  return isNoAnswer(answer) ? undefined : answer
}
