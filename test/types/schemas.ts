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
