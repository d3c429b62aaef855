/** Instrumentation: what compiles, and what must not. It is not run. */

import { Kafka, type Instrumentation, type KafkaRecord, type RequestFacts } from 'kafka.do'
import { openTelemetry } from 'kafka.do/opentelemetry'
import { exactly } from './exactly.ts'

export function openTelemetries(): Kafka[] {
  exactly<Instrumentation>()(openTelemetry())
  // @ts-expect-error -- there is no such option
  openTelemetry({ tracer: undefined })
  return [new Kafka({ instrumentation: openTelemetry() }), new Kafka({ instrumentation: {} })]
}

export const counting: Instrumentation = {
  onRequest(request) {
    exactly<RequestFacts>()(request)
  },
  onSend({ topic, value }) {
    exactly<string>()(topic)
    exactly<unknown>()(value)
    // What only counts need not return anything.
  },
  async onProcess({ record, group, attempt }, handle) {
    exactly<string | undefined>()(group)
    exactly<number>()(attempt)
    exactly<Readonly<Record<string, string>>>()(record.headers)
    await handle()
  },
}

export const timing: Instrumentation = {
  onSend: () => ({
    headers: { id: '7' },
    onSettled({ offset, error }) {
      exactly<number | undefined>()(offset)
      exactly<unknown>()(error)
    },
  }),
}

export function calls(instrumentation: Instrumentation, record: KafkaRecord): void {
  const call = { record, group: undefined, attempt: 1 }
  void instrumentation.onProcess?.(call, () => Promise.resolve())
  // @ts-expect-error -- headers are text
  instrumentation.onSend = () => ({ headers: { id: 7 } })
  // @ts-expect-error -- a handler may take its time
  instrumentation.onProcess = (_call, handle) => void handle()
}
