/** @kafkats/flow: one of the workloads, until it is killed. */

import { codec, flow, SessionWindows, TimeWindows, type Topic } from '@kafkats/flow'
import { settingsOfProgram } from './program.ts'
import type { Customer, Order, Payment } from './workloads.ts'

const { bootstrap, workload, application, output, isExactlyOnce, ...topics } = settingsOfProgram()
const app = flow({
  applicationId: application,
  client: { clientId: application, brokers: [bootstrap] },
  processingGuarantee: isExactlyOnce ? 'exactly_once' : 'at_least_once',
  consumer: { autoOffsetReset: 'earliest' },
})

function jsonTopic<Value>(name: string): Topic<string, Value> {
  return { name, key: codec.string(), value: codec.json<Value>() }
}

const orders = app.stream(jsonTopic<Order>(topics.orders))
const text = { key: codec.string(), value: codec.json<never>() }
const windowed = { key: codec.json<never>(), value: codec.json<number>() }
const grouped = { key: codec.string(), value: codec.json<Order>() }

switch (workload) {
  case 'filter-map':
    orders
      .filter((_, order) => order!.amount % 4 !== 0)
      .mapValues((order) => {
        const { id, customer, amount } = order!
        return { id, customer, total: amount * 2 }
      })
      .to(output, text)
    break
  case 'count':
    orders.groupByKey(grouped).count().toStream().to(output, text)
    break
  case 'tumbling':
    countIn(TimeWindows.of('10s'))
    break
  case 'hopping':
    countIn(TimeWindows.of('10s').advanceBy('5s'))
    break
  case 'session':
    countIn(SessionWindows.withInactivityGap('5s'))
    break
  case 'stream-join':
    orders
      .join(
        app.stream(jsonTopic<Payment>(topics.payments)),
        ({ id, amount }, paid) => ({ order: id, payment: paid.id, amount }),
        {
          key: codec.string(),
          value: codec.json<Order>(),
          otherValue: codec.json<Payment>(),
          within: TimeWindows.of('50ms'),
        },
      )
      .to(output, text)
    break
  case 'table-join':
    orders
      .join(
        app.table(jsonTopic<Customer>(topics.customers)),
        ({ id }, { name }) => ({ id, name }),
        { key: codec.string(), value: codec.json<Order>(), otherValue: codec.json<Customer>() },
      )
      .to(output, text)
    break
  case 'repartitioned':
    orders
      .groupBy((_, order) => order!.product, grouped)
      .count()
      .toStream()
      .to(output, text)
}
await app.start()

function countIn(window: TimeWindows | SessionWindows): void {
  orders.groupByKey(grouped).windowedBy(window).count().toStream().to(output, windowed)
}
