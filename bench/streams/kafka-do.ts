/** kafka.do's own streams: one of the workloads, until it is killed. */

import { Kafka, Window } from '../../src/index-node.ts'
import { settingsOfProgram } from './program.ts'
import type { Customer, Order, Payment } from './workloads.ts'

const { bootstrap, workload, application, output, isExactlyOnce, ...topics } = settingsOfProgram()
const kafka = new Kafka({ url: `kafka://${bootstrap}` })
const guarantee = isExactlyOnce ? 'exactlyOnce' : 'atLeastOnce'

const run = kafka.streams(
  application,
  (sources) => {
    const orders = sources.stream<Order>(topics.orders)
    switch (workload) {
      case 'filter-map':
        return orders
          .filter(({ amount }) => amount % 4 !== 0)
          .map(({ id, customer, amount }) => ({ id, customer, total: amount * 2 }))
          .to(output)
      case 'count':
        return orders.groupByKey().count().to(output)
      case 'tumbling':
        return orders.groupByKey().window(Window.tumbling('10s')).count().to(output)
      case 'hopping':
        return orders.groupByKey().window(Window.hopping('10s', '5s')).count().to(output)
      case 'session':
        return orders.groupByKey().window(Window.session('5s')).count().to(output)
      case 'stream-join':
        return orders
          .join(sources.stream<Payment>(topics.payments), { window: '50ms', grace: '20s' })
          .map(({ id, amount }, payment) => ({ order: id, payment: payment.id, amount }))
          .to(output)
      case 'table-join':
        return orders
          .join(sources.table<Customer>(topics.customers))
          .map(({ id }, { name }) => ({ id, name }))
          .to(output)
      case 'repartitioned':
        return orders
          .groupBy(({ product }) => product)
          .count()
          .to(output)
    }
  },
  { guarantee },
)
await run.finished
