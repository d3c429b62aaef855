/** What each example returns, and prints. */

const three = ['123', '124', '125']
const order123 = { orderId: '123', customerId: 'ann', amount: 99.99 }

export const expected: Readonly<Record<string, unknown>> = {
  'async-producer': { offsets: [0, 1, 2, 3, 4], called: true },
  'basic-consumer': three,
  'batch-consumer': [99.99, 49.99, 149.99],
  'batch-producer': ['orders-0 at 3', 'orders-0 at 4'],
  cancellation: { cancelled: 'no longer wanted', isLate: true },
  'client-configuration': {
    urls: ['https://broker.example.com', 'memory:'],
    messages: ['connection closed'],
  },
  'consumer-configuration': ['123', '124', '126'],
  'consumer-from-timestamp': ['124', '125', '124'],
  'consumer-groups': ['order-processor: 1', 'Stable, 1 member, 2 behind', '3 behind'],
  'dead-letter-queue': {
    originalRecord: '124',
    error: 'too little',
    hasTime: true,
    topic: 'orders',
    partition: '0',
    offset: '1',
  },
  'error-classes': [
    'topic_not_found',
    'partition_not_found',
    'message_too_large',
    'not_leader, retriable',
    'offset_out_of_range',
    'group_coordinator, retriable',
    'rebalance_in_progress',
    'unauthorized',
    'quota_exceeded, retriable',
    'timeout, retriable',
    'disconnected, retriable',
    'serialization',
    'closed',
  ],
  'error-handling': [
    'topic not found',
    'message too large',
    'timed out',
    "serialization, will fail again: cannot write the value of a record of topic 'orders': " +
      'function has no JSON form',
  ],
  'exactly-once': [{ invoiceOf: '123' }, { invoiceOf: '124' }, { invoiceOf: '125' }],
  'fire-and-forget': {
    sent: 1,
    failures: ["topic 'orders' has 1 partitions: there is no partition 99"],
  },
  'functional-consumer': { highValues: ['123', '125'], processed: ['123', '124'] },
  'integration-test': 'passed',
  'mock-client': 'passed',
  'next-record': three,
  'observable-consumer': { pushed: '125', observed: ['123', '125'] },
  'parallel-consumer': three,
  'parallel-threads': [199.98, 99.98, 299.98],
  'producer-configuration': 'orders-0 at 0',
  'quick-start': ['123', '124'],
  'record-fields': ['orders', 0, 0, 'ann', order123, true, { source: 'web' }],
  'record-handler': { processed: three, totalLag: 0 },
  retry: { attempts: 3, offset: 0 },
  'simple-producer': { topic: 'orders', partition: 2, isStored: true },
  'stream-branches': ['123', '125', '124'],
  'stream-filter': ['125', 'premium'],
  'stream-flat-map': ['pack 123', 'insure it', 'pack 125', 'insure it'],
  'stream-join': 'order 124 by Bob',
  'stream-sliding': 'ann: 2 within 60000 ms',
  'stream-totals': [
    ['ann', 100],
    ['bob', 50],
    ['ann', 250],
  ],
  'stream-types': 'paid',
  'stream-windows': 'ann',
  'topic-administration': ['orders: 3 partitions', '3 partitions, 30 days', '0 topics'],
  'transactional-producer': { reason: 'out of stock', statuses: ['created', 'validated'] },
  'typed-consumer': ['100.0', 99.99, 1],
  'typed-producer': "cannot write the value of a record of topic 'orders': amount is not a number",
}

/** Lines on the console; of what is not here there are none. */
export const printed: Readonly<Record<string, readonly string[]>> = {
  'stream-windows': ['ann: 1 in 12:00–12:05', 'bob: 1 in 12:00–12:05', 'ann: 2 in 12:00–12:05'],
}
