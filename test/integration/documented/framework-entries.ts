/**
 * Flutter and Laravel in the documents, and what they are in React and Nest: see `entries.ts`. The
 * shop is built and driven in a browser by `npm run test:frameworks`.
 */

export const frameworkEntries = `
# test/frameworks/shop/page/page.tsx
import { KafkaProvider, useProducer, useTopic } from 'kafka.do/react' | package:flutter/material.dart | – | – | – | –
useTopic<Invoice>('invoices' | OrdersProvider, ChangeNotifier, notifyListeners, Consumer<OrdersProvider> | – | – | – | –
<KafkaProvider kafka={() => new Kafka({ url: window.kafkaUrl })}> | OrdersProvider._kafka | – | – | – | –
{records.map(({ partition, offset, value }) => ( | OrdersProvider.orders, ListView.builder, ListTile | – | – | – | –
<button onClick={() => setShown(!isShown)}> | OrdersProvider.startConsuming, OrdersProvider.stopConsuming | – | – | – | –
void send({ | OrdersProvider.sendOrder | – | – | – | –
{isShown && <Invoices group="screen" />} | OrdersProvider.dispose | – | – | – | –
function Page() { | OrdersPage, StatelessWidget | – | – | – | –

# test/frameworks/shop/service/main.ts
KafkaModule.forRootAsync({ | – | – | – | – | KafkaServiceProvider, ServiceProvider.register
useFactory: ({ url }: Settings) => ({ url, clientId: 'shop' }) | – | – | – | – | app.singleton, app.config.kafka
process.env['KAFKA_DO_URL'] | – | – | – | – | env

# test/frameworks/shop/service/billing.ts
@InjectProducer('invoices') | – | – | – | – | Facades.Kafka::producer
@KafkaSubscribe<Order>('orders', { | – | – | – | – | Facades.Kafka::consumer, KafkaConsumer, kafka:consume {topic} {group}
async onOrder(record: KafkaRecord<Order>) | – | – | – | – | KafkaConsumer.handle, ProcessKafkaRecord, dispatch

# test/frameworks/shop/service/order.ts
@KafkaEvent<OrderCreated>('orders' | – | – | – | – | ShouldBroadcastToKafka, broadcastOn
value: ({ order }) => order | – | – | – | – | broadcastWith
export class OrderCreated { | – | – | – | – | OrderCreated

# test/frameworks/shop/service/shop.controller.ts
this.events.publish(new OrderCreated(order)) | – | – | – | – | event
`
