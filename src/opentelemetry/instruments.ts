/** The metrics. Instruments are made once there is a provider, which may be after the client. */

import { metrics, ValueType } from '@opentelemetry/api'
import type { Attributes, Counter, Histogram, MeterProvider } from '@opentelemetry/api'
import type { RequestFacts } from '../client/settings/instrumentation.ts'
import { ofError, ofRequest } from './attributes.ts'

/** Bounds of durations, in seconds, as the conventions have them. */
const secondsBounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
/** Bounds of sizes: from what a heartbeat takes to what a broker takes at most. */
const bytesBounds = [100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000]

interface Instruments {
  readonly operationDuration: Histogram
  readonly sentMessages: Counter
  readonly consumedMessages: Counter
  readonly processDuration: Histogram
  readonly requestDuration: Histogram
  readonly requestSize: Histogram
  readonly responseSize: Histogram
}

export class Meters {
  readonly #own: MeterProvider | undefined
  #provider: MeterProvider | undefined
  #instruments: Instruments | undefined

  /** Without a provider of its own it has the global one. */
  constructor(own: MeterProvider | undefined) {
    this.#own = own
  }

  /** A record was sent, or could not be. */
  sent(durationMs: number, attributes: Attributes): void {
    const { operationDuration, sentMessages } = this.#current
    operationDuration.record(durationMs / 1000, attributes)
    sentMessages.add(1, attributes)
  }

  /** A handler is given a record for the first time. */
  consumed(attributes: Attributes): void {
    this.#current.consumedMessages.add(1, attributes)
  }

  /** A handler has ended. */
  processed(durationMs: number, attributes: Attributes): void {
    this.#current.processDuration.record(durationMs / 1000, attributes)
  }

  requested(request: RequestFacts): void {
    const { api, broker, durationMs, sentBytes, receivedBytes, error } = request
    const { requestDuration, requestSize, responseSize } = this.#current
    const attributes = ofRequest(api, broker)
    requestDuration.record(durationMs / 1000, { ...attributes, ...ofError(error) })
    requestSize.record(sentBytes, attributes)
    if (receivedBytes > 0) responseSize.record(receivedBytes, attributes)
  }

  get #current(): Instruments {
    const provider = this.#own ?? metrics.getMeterProvider()
    if (provider !== this.#provider) {
      this.#provider = provider
      this.#instruments = createInstruments(provider)
    }
    return this.#instruments!
  }
}

function createInstruments(provider: MeterProvider): Instruments {
  const meter = provider.getMeter('kafka.do')
  const duration = (name: string, description: string): Histogram =>
    meter.createHistogram(name, {
      description,
      unit: 's',
      advice: { explicitBucketBoundaries: secondsBounds },
    })
  const size = (name: string, description: string): Histogram =>
    meter.createHistogram(name, {
      description,
      unit: 'By',
      valueType: ValueType.INT,
      advice: { explicitBucketBoundaries: bytesBounds },
    })
  const messages = (name: string, description: string): Counter =>
    meter.createCounter(name, { description, unit: '{message}', valueType: ValueType.INT })
  return {
    operationDuration: duration(
      'messaging.client.operation.duration',
      'From when a record was sent until it was stored',
    ),
    sentMessages: messages('messaging.client.sent.messages', 'Records that were to be stored'),
    consumedMessages: messages(
      'messaging.client.consumed.messages',
      'Records that handlers were given',
    ),
    processDuration: duration('messaging.process.duration', 'How long handlers took'),
    requestDuration: duration('kafka.client.request.duration', 'How long brokers took to answer'),
    requestSize: size('kafka.client.request.size', 'Sizes of requests to brokers'),
    responseSize: size('kafka.client.response.size', 'Sizes of answers of brokers'),
  }
}
