/**
 * Schemas of other people's libraries: what compiles, and what must not. The round trips are run by
 * `test/integration/schemas.test.ts`.
 */

import { type } from 'arktype'
import type { Kafka, RecordMetadata } from 'kafka.do'
import * as v from 'valibot'
import { z } from 'zod'
import { exactly } from './exactly.ts'

export const schemas = {
  zod: z.object({ id: z.string(), amount: z.number().positive() }),
  valibot: v.object({ id: v.string(), amount: v.pipe(v.number(), v.minValue(1)) }),
  arktype: type({ id: 'string', amount: 'number > 0' }),
}

interface Payment {
  id: string
  amount: number
}

export async function produced(kafka: Kafka): Promise<void> {
  const payment: Payment = { id: '1', amount: 2 }
  for (const value of [schemas.zod, schemas.valibot, schemas.arktype] as const) {
    const producer = kafka.producer<Payment>('payments', { value })
    exactly<RecordMetadata>()(await producer.send(payment))
  }
  // @ts-expect-error -- amounts are numbers
  await kafka.producer('payments', { value: schemas.zod }).send({ id: '1', amount: '2' })
  // @ts-expect-error -- a field is missing
  await kafka.producer('payments', { value: schemas.valibot }).send({ id: '1' })
  // @ts-expect-error -- it is an object
  await kafka.producer('payments', { value: schemas.arktype }).send('1')
}

/** What a schema makes of it is for who reads: a producer sends what the schema takes. */
export async function sent(kafka: Kafka): Promise<void> {
  const visit = z.object({
    at: z.iso.datetime().transform((text) => new Date(text)),
    count: z.number().default(1),
  })
  const visits = kafka.producer('visits', { value: visit })
  await visits.send({ at: '2026-01-31T12:00:00Z' })
  await visits.sendBatch([{ key: 'ann', value: { at: '2026-01-31T12:00:00Z', count: 2 } }])
  // @ts-expect-error -- the schema takes text
  await visits.send({ at: new Date(), count: 1 })
  await kafka.asyncProducer('visits', { value: visit }).send({ at: '2026-01-31T12:00:00Z' })
  const lines = v.pipe(
    v.string(),
    v.transform((text) => text.length),
  )
  await kafka.producer('lines', { value: lines, key: lines }).send('a line', { key: 'ann' })
  await kafka.transaction('lines', (tx) => tx.send('a line'), { value: lines })
  kafka.stream<string>('texts').to('lines', { value: lines })
  const loose = z.object({ at: z.coerce.date(), count: z.number().default(1) })
  await kafka.producer('loose', { value: loose }).send({ at: new Date() })
  await kafka
    .producer<z.infer<typeof loose>>('loose', { value: loose })
    .send({ at: new Date(), count: 1 })
  await kafka.producer<z.input<typeof loose>>('loose', { value: loose }).send({ at: 'today' })
}

export async function consumed(kafka: Kafka): Promise<void> {
  for await (const { value } of kafka.consumer('payments', { value: schemas.zod })) {
    exactly<Payment>()(value)
  }
  for await (const { value } of kafka.consumer('payments', { value: schemas.valibot })) {
    exactly<Payment>()(value)
  }
  for await (const { value } of kafka.consumer('payments', { value: schemas.arktype })) {
    exactly<Payment>()(value)
  }
  // What the schema makes of it is what programs see.
  const counts = z.object({ day: z.iso.date(), count: z.number().default(0) })
  const first = await kafka.consumer('counts', { value: counts }).first()
  if (first) exactly<{ day: string; count: number }>()(first.value)
  const keys = await kafka.consumer('payments', { key: z.number() }).first()
  if (keys) exactly<number | null>()(keys.key)
  // @ts-expect-error -- there is no such field
  kafka.consumer('payments', { value: schemas.zod }).map(({ value }) => value.price)
}
