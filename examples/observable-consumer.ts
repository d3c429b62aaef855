/** A consumer is an observable, for RxJS and others. */

import { from, map, take, toArray, firstValueFrom, type ObservableInput } from 'rxjs'
import type { KafkaRecord } from '../src/index-node.ts'
import { orders, type Order } from './order.ts'
import { run, type Example } from './run.ts'

export const example: Example = async (kafka) => {
  await kafka.producer<Order>('orders').sendBatch(orders)
  const consumer = kafka.consumer<Order>('orders', { group: 'observers' })
  return firstValueFrom(
    from(consumer as ObservableInput<KafkaRecord<Order>>).pipe(
      take(2),
      map(({ value }) => value.orderId),
      toArray(),
    ),
  )
}

if (import.meta.main) await run(example)
