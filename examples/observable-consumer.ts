/** A consumer is an observable: by itself, and for RxJS and others. */

import { filter, firstValueFrom, from, map, take, toArray } from 'rxjs'
import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  await kafka.producer<Order>('orders').sendBatch(orders)

  const pushed = await new Promise<string>((resolve, reject) => {
    kafka
      .consumer<Order>('orders', { group: 'reactive-processor' })
      .filter((record) => record.value.amount > 100)
      .subscribe({
        next: async (record) => {
          await record.commit()
          resolve(record.value.orderId)
        },
        error: reject,
      })
  })

  const consumer = kafka.consumer<Order>('orders', { group: 'observers' })
  const observed = await firstValueFrom(
    from(consumer).pipe(
      filter(({ value }) => value.amount > 90),
      map(({ value }) => value.orderId),
      take(2),
      toArray(),
    ),
  )
  return { pushed, observed }
}

if (import.meta.main) await run(example)
