import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { SpanKind, SpanStatusCode, context, metrics, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type Histogram,
} from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base'
import kafkajs from 'kafkajs'
import type { KafkaOptions } from '../client/settings/kafka-options.ts'
import { MockKafka } from '../testing/mock-kafka.ts'
import { openTelemetry } from './open-telemetry.ts'

before(() => context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()))
after(() => {
  context.disable()
  trace.disable()
  metrics.disable()
  propagation.disable()
})

/** A broker and a client whose spans and metrics are kept. */
class Rig implements AsyncDisposable {
  readonly #spans = new InMemorySpanExporter()
  readonly #metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  readonly tracerProvider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(this.#spans)],
  })
  readonly meterProvider = new MeterProvider({
    readers: [
      new PeriodicExportingMetricReader({
        exporter: this.#metrics,
        exportIntervalMillis: 3_600_000,
      }),
    ],
  })
  readonly propagator = new W3CTraceContextPropagator()
  readonly kafka: MockKafka

  constructor({
    isGlobal = false,
    ...options
  }: KafkaOptions & { readonly isGlobal?: boolean } = {}) {
    const instrumentation = isGlobal ? openTelemetry() : openTelemetry(this)
    this.kafka = new MockKafka({ instrumentation, ...options })
  }

  /** Takes the spans that have ended so far. */
  takeSpans(): ReadableSpan[] {
    const spans = this.#spans.getFinishedSpans()
    this.#spans.reset()
    return spans
  }

  /** Returns what was measured so far: of a histogram its count, by the attributes named. */
  async measured(metric: string, ...names: readonly string[]): Promise<Record<string, number>> {
    await this.meterProvider.forceFlush()
    const all = this.#metrics
      .getMetrics()
      .at(-1)!
      .scopeMetrics.flatMap(({ metrics }) => metrics)
    const { dataPoints = [] } = all.find(({ descriptor }) => descriptor.name === metric) ?? {}
    return Object.fromEntries(
      dataPoints.map(({ attributes, value }) => [
        names.map((name) => String(attributes[name])).join(' '),
        typeof value === 'number' ? value : (value as Histogram).count,
      ]),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kafka.close()
    await this.tracerProvider.shutdown()
    await this.meterProvider.shutdown()
  }
}

/** Handles records of `topic` until `handler` says that it is enough. */
async function handle(
  kafka: MockKafka,
  topic: string,
  handler: (value: unknown) => Promise<'enough' | void>,
): Promise<void> {
  const consumer = kafka.consumer(topic, { group: 'billing' })
  await consumer.process(
    async ({ value }) => {
      if ((await handler(value)) === 'enough') void consumer.close()
    },
    { retry: { baseDelay: 1, maxAttempts: 2 } },
  )
}

const byName = (spans: readonly ReadableSpan[], name: string): ReadableSpan => {
  const found = spans.filter((span) => span.name === name)
  assert.equal(found.length, 1, `${found.length} spans are called '${name}'`)
  return found[0]!
}

/** Whether `child` was begun in `parent`, here or in another process. */
function assertChild(child: ReadableSpan, parent: ReadableSpan): void {
  assert.equal(child.parentSpanContext?.spanId, parent.spanContext().spanId)
  assert.equal(child.spanContext().traceId, parent.spanContext().traceId)
}

test('one trace goes from send through a handler to what that sends', async () => {
  await using rig = new Rig()
  const { kafka } = rig
  await rig.tracerProvider.getTracer('shop').startActiveSpan('order', async (span) => {
    await kafka.produce('orders', { amount: 1 }, { key: 'ann' })
    span.end()
  })
  await handle(kafka, 'orders', async () => {
    await Promise.resolve()
    await kafka.produce('invoices', null, { key: 'bob', partition: 0 })
    return 'enough'
  })
  const spans = rig.takeSpans()
  const [order, sent, processed, invoiced] = [
    byName(spans, 'order'),
    byName(spans, 'send orders'),
    byName(spans, 'process orders'),
    byName(spans, 'send invoices'),
  ]
  assertChild(sent, order)
  assertChild(processed, sent)
  assertChild(invoiced, processed)
  const place = { 'messaging.destination.partition.id': '0', 'messaging.kafka.offset': 0 }
  const sending = {
    'messaging.system': 'kafka',
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    ...place,
  }
  assert.equal(sent.kind, SpanKind.PRODUCER)
  assert.deepEqual(sent.attributes, {
    ...sending,
    'messaging.destination.name': 'orders',
    'messaging.kafka.message.key': 'ann',
  })
  assert.deepEqual(invoiced.attributes, {
    ...sending,
    'messaging.destination.name': 'invoices',
    'messaging.kafka.message.key': 'bob',
    'messaging.kafka.message.tombstone': true,
  })
  assert.equal(processed.kind, SpanKind.CONSUMER)
  assert.deepEqual(processed.attributes, {
    'messaging.system': 'kafka',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': 'orders',
    'messaging.consumer.group.name': 'billing',
    'messaging.kafka.message.key': 'ann',
    ...place,
  })
})

test('a record that is sent on with its headers stays in its trace: a dead letter', async () => {
  await using rig = new Rig()
  const { kafka } = rig
  const tracer = rig.tracerProvider.getTracer('shop')
  await kafka.produce('orders', 1)
  await tracer.startActiveSpan('unrelated', async () => {
    const consumer = kafka.consumer('orders', { group: 'billing' })
    const running = consumer.process(() => Promise.reject(new Error('no')), {
      retry: { maxAttempts: 1 },
      deadLetter: 'dead',
    })
    const [letter] = await kafka.consumer('dead').take(1).toArray()
    await consumer.close()
    await running
    await kafka.produce('archive', 1, { headers: letter!.headers })
  })
  const spans = rig.takeSpans()
  const [sent, dead] = [byName(spans, 'send orders'), byName(spans, 'send dead')]
  assertChild(byName(spans, 'process orders'), sent)
  assertChild(dead, sent)
  assertChild(byName(spans, 'send archive'), dead)
})

test('each record of a batch has a span of its own, and headers of the program stay', async () => {
  await using rig = new Rig()
  const { kafka } = rig
  const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`
  await kafka.producer('orders').sendBatch([
    { value: 1, headers: { id: '7' } },
    { value: 2, headers: { traceparent, id: '8' } },
  ])
  const messages = await kafka.getMessages('orders')
  assert.deepEqual(
    messages.map(({ rawHeaders }) => rawHeaders.map(({ key }) => key)),
    [
      ['id', 'traceparent'],
      ['id', 'traceparent'],
    ],
  )
  assert.deepEqual(
    messages.map(({ headers }) => headers['id']),
    ['7', '8'],
  )
  const contexts = rig.takeSpans().map((span) => span.spanContext())
  assert.deepEqual(
    messages.map(({ headers }) => headers['traceparent']),
    contexts.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`),
  )
})

test('a record that cannot be stored has a span that says why', async () => {
  await using rig = new Rig()
  rig.kafka.failNext('Produce', 'TOPIC_AUTHORIZATION_FAILED', { times: 1 })
  await assert.rejects(rig.kafka.produce('orders', 1))
  const [span] = rig.takeSpans()
  assert.equal(span!.status.code, SpanStatusCode.ERROR)
  assert.equal(span!.attributes['error.type'], 'unauthorized')
  assert.deepEqual(
    span!.events.map(({ name }) => name),
    ['exception'],
  )
  assert.deepEqual(await rig.measured('messaging.client.sent.messages', 'error.type'), {
    unauthorized: 1,
  })
})

test('each attempt of a handler has a span; one that fails says why', async () => {
  await using rig = new Rig()
  await rig.kafka.produce('orders', 1)
  rig.takeSpans()
  let attempts = 0
  await handle(rig.kafka, 'orders', async () => {
    if (++attempts === 1) throw new RangeError('too much')
    return 'enough'
  })
  const [failed, done] = rig.takeSpans()
  assert.deepEqual(failed!.status, { code: SpanStatusCode.ERROR, message: 'too much' })
  assert.equal(failed!.attributes['error.type'], 'RangeError')
  assert.equal(done!.status.code, SpanStatusCode.UNSET)
  assert.equal(done!.parentSpanContext!.spanId, failed!.parentSpanContext!.spanId)
  const errors = await rig.measured('messaging.process.duration', 'error.type')
  assert.deepEqual(errors, { RangeError: 1, undefined: 1 })
  const consumed = await rig.measured(
    'messaging.client.consumed.messages',
    'messaging.destination.name',
    'messaging.consumer.group.name',
  )
  assert.deepEqual(consumed, { 'orders billing': 1 })
})

test('metrics tell how many records were sent, and which requests that took', async () => {
  await using rig = new Rig()
  await rig.kafka.producer('orders').sendBatch([1, 2])
  await rig.kafka.produce('invoices', 3)
  const names = ['messaging.operation.name', 'messaging.destination.name']
  const sent = { 'send orders': 2, 'send invoices': 1 }
  assert.deepEqual(await rig.measured('messaging.client.sent.messages', ...names), sent)
  assert.deepEqual(await rig.measured('messaging.client.operation.duration', ...names), sent)
  const requests = await rig.measured('kafka.client.request.duration', 'kafka.api.name')
  assert.equal(requests['Produce'], 2)
  for (const metric of ['kafka.client.request.size', 'kafka.client.response.size']) {
    assert.deepEqual(await rig.measured(metric, 'kafka.api.name'), requests)
  }
})

test('a request without an answer is measured with its error', async () => {
  await using rig = new Rig()
  await rig.kafka.admin.createTopic('orders')
  rig.kafka.disconnectNext('Produce')
  await rig.kafka.produce('orders', 1)
  const names = ['kafka.api.name', 'error.type']
  const requests = await rig.measured('kafka.client.request.duration', ...names)
  assert.equal(requests['Produce disconnected'], 1)
  assert.equal(requests['Produce undefined'], 1)
  const answered = await rig.measured('kafka.client.response.size', 'kafka.api.name')
  assert.equal(answered['Produce'], 1)
})

test('what is registered globally is found, also after the client was made', async () => {
  await using rig = new Rig({ isGlobal: true })
  await rig.kafka.produce('orders', 'unseen')
  trace.setGlobalTracerProvider(rig.tracerProvider)
  metrics.setGlobalMeterProvider(rig.meterProvider)
  propagation.setGlobalPropagator(rig.propagator)
  await rig.kafka.produce('orders', 'seen')
  const messages = await rig.kafka.getMessages('orders')
  assert.deepEqual(
    messages.map(({ headers }) => Object.keys(headers)),
    [[], ['traceparent']],
  )
  byName(rig.takeSpans(), 'send orders')
  const sent = await rig.measured('messaging.client.sent.messages', 'messaging.destination.name')
  assert.deepEqual(sent, { orders: 1 })
})

test('the trace of a record of kafkajs goes on; one without a trace begins one', async () => {
  await using rig = new Rig()
  const { kafka } = rig
  const { Kafka, Partitioners, logLevel } = kafkajs
  const { host } = new URL(`kafka://${await kafka.listen()}`)
  const theirs = new Kafka({ brokers: [host], logLevel: logLevel.NOTHING })
  const producer = theirs.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  await producer.connect()
  const [traceId, spanId] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7']
  const headers = { traceparent: `00-${traceId}-${spanId}-01` }
  await producer.send({ topic: 'orders', messages: [{ value: '1', headers }, { value: '2' }] })
  await producer.disconnect()
  await rig.tracerProvider.getTracer('shop').startActiveSpan('unrelated', async (span) => {
    await handle(kafka, 'orders', async (value) => (value === 2 ? 'enough' : undefined))
    span.end()
  })
  const spans = rig.takeSpans()
  const [continued, begun] = spans.filter(({ name }) => name === 'process orders')
  assert.equal(continued!.spanContext().traceId, traceId)
  const parent = { traceId, spanId, traceFlags: 1, isRemote: true }
  assert.deepEqual(continued!.parentSpanContext, parent)
  assert.equal(begun!.parentSpanContext, undefined)
  assert.notEqual(begun!.spanContext().traceId, byName(spans, 'unrelated').spanContext().traceId)
})
