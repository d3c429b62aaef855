/** `openTelemetry`: instrumentation that has a span for each record, and metrics. */

import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  trace,
} from '@opentelemetry/api'
import type {
  Context,
  MeterProvider,
  Span,
  TextMapPropagator,
  Tracer,
  TracerProvider,
} from '@opentelemetry/api'
import { messageOf } from '../client/failure/errors.ts'
import type {
  HandledRecord,
  HandlerCall,
  Instrumentation,
  OutgoingRecord,
  RequestFacts,
  SendObservation,
  SendOutcome,
} from '../client/settings/instrumentation.ts'
import type { Clock } from '../runtime/runtime.ts'
import { systemClock } from '../runtime/system-runtime.ts'
import { ofError, ofOperation, ofPlace, ofRecord } from './attributes.ts'
import { headerGetter } from './header-getter.ts'
import { Meters } from './instruments.ts'

/** The options of `openTelemetry`: what it has in place of what is registered globally. */
export interface OpenTelemetryOptions {
  /** Where tracers come from. @default the global one, also where it is registered later */
  readonly tracerProvider?: TracerProvider
  /** Where meters come from. @default the global one, also where it is registered later */
  readonly meterProvider?: MeterProvider
  /** What puts the context of a trace into headers, and finds it there. @default the global one */
  readonly propagator?: TextMapPropagator
}

/**
 * Returns instrumentation that tells OpenTelemetry what a client does, by its conventions for
 * messaging: a span for each record that is sent, one for each call of a handler, which is a child
 * of that, and metrics of both and of requests to brokers.
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Instrumentation {
  return new OpenTelemetry(options, systemClock)
}

class OpenTelemetry implements Instrumentation {
  readonly #tracer: Tracer
  readonly #meters: Meters
  readonly #propagator: Pick<TextMapPropagator, 'inject' | 'extract'>
  readonly #clock: Clock

  constructor(options: OpenTelemetryOptions, clock: Clock) {
    const { tracerProvider = trace, meterProvider, propagator = propagation } = options
    this.#tracer = tracerProvider.getTracer('kafka.do')
    this.#meters = new Meters(meterProvider)
    this.#propagator = propagator
    this.#clock = clock
  }

  onRequest(request: RequestFacts): void {
    this.#meters.requested(request)
  }

  onSend(record: OutgoingRecord): SendObservation {
    const { topic, key, value, partition } = record
    const operation = ofOperation('send', topic)
    const attributes = { ...operation, ...ofPlace(partition), ...ofRecord(key, value === null) }
    const parent = this.#parentOf(record)
    const span = this.#tracer.startSpan(
      `send ${topic}`,
      { kind: SpanKind.PRODUCER, attributes },
      parent,
    )
    const startedMs = this.#clock.monotonic()
    const headers: Record<string, string> = {}
    this.#propagator.inject(trace.setSpan(parent, span), headers, defaultTextMapSetter)
    const onSettled = ({ partition, offset, error }: SendOutcome): void => {
      span.setAttributes(ofPlace(partition, offset))
      endSpan(span, error)
      const durationMs = this.#clock.monotonic() - startedMs
      this.#meters.sent(durationMs, { ...operation, ...ofError(error) })
    }
    return { headers, onSettled }
  }

  async onProcess(call: HandlerCall, handle: () => Promise<void>): Promise<void> {
    const { record, group, attempt } = call
    const { topic, partition, offset, headers, rawValue } = record
    const operation = ofOperation('process', topic, group)
    const attributes = {
      ...operation,
      ...ofPlace(partition, offset),
      ...ofRecord(keyOf(record), rawValue === null),
    }
    // What happens to be active in this process has nothing to do with the record.
    const sent = this.#propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter)
    const name = `process ${topic}`
    const span = this.#tracer.startSpan(name, { kind: SpanKind.CONSUMER, attributes }, sent)
    const startedMs = this.#clock.monotonic()
    if (attempt === 1) this.#meters.consumed(operation)
    let failure: unknown
    try {
      await context.with(trace.setSpan(sent, span), handle)
    } catch (error) {
      failure = error
      throw error
    } finally {
      endSpan(span, failure)
      const durationMs = this.#clock.monotonic() - startedMs
      this.#meters.processed(durationMs, { ...operation, ...ofError(failure) })
    }
  }

  /**
   * Returns where a record that is sent belongs: to what is active, unless it has the headers of
   * another trace. Then it is sent on, as a dead letter is, by who has nothing to do with that.
   */
  #parentOf({ headers }: OutgoingRecord): Context {
    const active = context.active()
    if (headers.length === 0) return active
    const carried = trace.getSpanContext(
      this.#propagator.extract(ROOT_CONTEXT, headers, headerGetter),
    )
    const isOther = carried?.traceId !== trace.getSpanContext(active)?.traceId
    return carried && isOther ? trace.setSpanContext(active, carried) : active
  }
}

/** Ends `span`: well, or as `error` says. */
function endSpan(span: Span, error: unknown): void {
  if (error !== undefined) {
    const message = messageOf(error)
    span.setAttributes(ofError(error))
    span.recordException(error instanceof Error ? error : message)
    span.setStatus({ code: SpanStatusCode.ERROR, message })
  }
  span.end()
}

/** Returns the key; `undefined` where it is none that the consumer could read. */
function keyOf(record: HandledRecord): unknown {
  try {
    return record.key
  } catch {
    // The handler is told so when it looks, if it does.
    return undefined
  }
}
