/** Streams in the documents: see `entries.ts`. */

export const streamEntries = `
# stream-types
kafka .stream<Order>('orders') | KafkaStream | NewTypedStream, Stream | Kafka::Stream | Stream | Stream

# stream-filter
.filter((order) => order.amount > 100) | KafkaStream.filter | Stream.Filter | Kafka::Stream#filter | Stream.filter | Stream.filter
.map((order) => ({ ...order, tier: 'premium' })) | KafkaStream.map | Stream.Map | Kafka::Stream#map | Stream.map | Stream.map
.to('high-value-orders') | KafkaStream.to | Stream.To | Kafka::Stream#to | Stream.to | Stream.to

# stream-flat-map
.flatMap((order) => | KafkaStream.flatMap | Stream.FlatMap | Kafka::Stream#flat_map | Stream.flatMap | Stream.flatMap
for await (const event of events) | – | Stream.Results | – | – | –

# stream-windows
.window( | KafkaStream.window, WindowedStream | Stream.Window, WindowedStream | Kafka::Stream#window, WindowedStream | Stream.window, WindowedStream | Stream.window, WindowedStream
Window.tumbling('5m') | Window.tumbling | TumblingWindow | Kafka::Window.tumbling | tumblingWindow, Window | tumbling
.groupBy((order) => order.customerId) | WindowedStream.groupBy | WindowedStream.GroupBy | WindowedStream#group_by | WindowedStream.groupBy | WindowedStream.groupBy
.count() | GroupedStream.count | GroupedStream.Count | Kafka::Stream#count | GroupedStream.count | GroupedStream.count
of counts) | MapEntry | WindowResult.Key | Tuple | WindowResult | key
window.value | window.value | WindowResult.Value | window.value | WindowResult.value | window.value
window.start | window.start | WindowResult.Start | window.start | WindowResult.start | window.start
window.end | window.end | WindowResult.End | window.end | WindowResult.endTime | window.end

# stream-sliding
Window.sliding('1m') | – | – | – | – | sliding

# stream-totals
.groupBy((order) => order.customerId) | KafkaStream.groupBy, GroupedStream | Stream.GroupBy, GroupedStream | Kafka::Stream#group_by, GroupedStream | Stream.groupBy, GroupedStream | Stream.groupBy, GroupedStream
.reduce(0, (total, order) => total + order.amount) | GroupedStream.reduce | – | Kafka::Stream#reduce | GroupedStream.reduce | GroupedStream.reduce
.forEach((customerId, total) => { | KafkaStream.listen | – | Kafka::Stream#each | Stream.forEach | Stream.each

# stream-join
.join(customers, { | KafkaStream.join, JoinedStream | Stream.Join, JoinedStream, JoinOption | Kafka::Stream#join | Stream.join | Stream.join, JoinedStream
on: (order, customer) => order.customerId === customer.id | KafkaStream.join(on) | JoinOn | Kafka::Stream#join(on) | Stream.join(on) | Stream.join(on)
window: '1h' | KafkaStream.join(window) | JoinWindow | Kafka::Stream#join(window) | Stream.join(window) | Stream.join(window)
const [order, customer] of joined | – | Result.Left, Result.Right | – | – | –

# stream-branches
.branch([ | KafkaStream.branch | Stream.Branch | Kafka::Stream#branch | Stream.branch | Stream.branch
[(order) => order.customerId === 'ann', 'orders-of-ann'] | – | Branch, Branch.Predicate, Branch.Topic | – | – | –
`
