/** The sections of the five documents that the SDK was made from, as facts, and what shows each. */

/** Sections about more than code, and the file that has what they say. */
export const prose: Readonly<Record<string, readonly [file: string, text: string]>> = {
  Installation: ['package.json', '"node": ">='],
  'API Reference': ['docs/reference/README.md', '# API reference'],
  License: ['LICENSE', 'MIT License'],
}

const everywhere = {
  'Producing Messages': 'simple-producer',
  'Consuming Messages': 'basic-consumer',
  'Stream Processing': 'stream-filter',
  Configuration: 'client-configuration',
  Testing: 'mock-client',
  'Quick Start': 'quick-start',
  'Simple Producer': 'simple-producer',
  'Batch Producer': 'batch-producer',
  'Consumer from Timestamp': 'consumer-from-timestamp',
  'Batch Consumer': 'batch-consumer',
  'Filter and Transform': 'stream-filter',
  'Windowed Aggregations': 'stream-windows',
  Joins: 'stream-join',
  Branching: 'stream-branches',
  'Topic Administration': 'topic-administration',
  'Consumer Groups': 'consumer-groups',
  'Error Handling': 'error-handling',
  'Environment Variables': 'client-configuration',
  'Mock Client': 'mock-client',
  'Integration Testing': 'integration-test',
}

/** What all but the one in Go have, which says the same under other names. */
const exceptGo = {
  ...everywhere,
  'Transactional Producer': 'transactional-producer',
  Aggregations: 'stream-totals',
  'Exception Hierarchy': 'error-classes',
  'Dead Letter Queue Pattern': 'dead-letter-queue',
  'Retry with Exponential Backoff': 'retry',
  'Client Configuration': 'client-configuration',
  'Producer Configuration': 'producer-configuration',
  'Consumer Configuration': 'consumer-configuration',
}

/** Section to example, by the language of the document. */
export const sections: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Dart: {
    ...exceptGo,
    'Fire-and-Forget': 'fire-and-forget',
    'Basic Consumer with Stream': 'basic-consumer',
    'Consumer with Stream Transformations': 'functional-consumer',
    'Consumer with Configuration': 'consumer-configuration',
    'Parallel Consumer with Isolates': 'parallel-threads',
    Kafka: 'quick-start',
    Producer: 'simple-producer',
    KafkaRecord: 'record-fields',
    KafkaStream: 'stream-filter',
    'Flutter Integration': 'test/frameworks/shop/page/page.tsx',
  },
  Go: {
    ...everywhere,
    'Typed Producer': 'typed-producer',
    'Async Producer': 'async-producer',
    'Basic Consumer': 'basic-consumer',
    'Typed Consumer': 'typed-consumer',
    'Consumer with Options': 'consumer-configuration',
    'Parallel Consumer': 'parallel-consumer',
    'Typed Stream Processing': 'stream-types',
    'Error Constants': 'error-classes',
    'Dead Letter Queue': 'dead-letter-queue',
    'Client Options': 'client-configuration',
    'Producer Options': 'producer-configuration',
    'Consumer Options': 'consumer-configuration',
    Client: 'quick-start',
    Producer: 'simple-producer',
    Consumer: 'basic-consumer',
    Message: 'record-fields',
    Stream: 'stream-filter',
  },
  Crystal: {
    ...exceptGo,
    'Async Producer with Fibers': 'fire-and-forget',
    'Basic Consumer with Block': 'record-handler',
    'Consumer with Iterator': 'functional-consumer',
    'Consumer with Configuration': 'consumer-configuration',
    'Parallel Consumer with Channels': 'parallel-consumer',
    'Kafka::Client': 'quick-start',
    'Kafka::Producer': 'simple-producer',
    'Kafka::Record': 'record-fields',
    'Kafka::Stream': 'stream-filter',
  },
  Nim: {
    ...exceptGo,
    'Async Producer': 'async-producer',
    'Basic Consumer with Iterator': 'basic-consumer',
    'Consumer with Functional Operations': 'functional-consumer',
    'Consumer with Configuration': 'consumer-configuration',
    'Async Consumer': 'next-record',
    'Parallel Consumer with Threads': 'parallel-threads',
    KafkaClient: 'quick-start',
    Producer: 'simple-producer',
    KafkaRecord: 'record-fields',
    Stream: 'stream-filter',
  },
  PHP: {
    ...exceptGo,
    'Async Producer (with Promises)': 'async-producer',
    'Basic Consumer with Generator': 'basic-consumer',
    'Consumer with Functional Processing': 'functional-consumer',
    'Consumer with Options': 'consumer-configuration',
    'Parallel Consumer with Fibers': 'parallel-consumer',
    'Consumer with ReactPHP': 'observable-consumer',
    Kafka: 'quick-start',
    Producer: 'simple-producer',
    Record: 'record-fields',
    Stream: 'stream-filter',
    'Laravel Integration': 'test/frameworks/shop/service/main.ts',
    'Service Provider': 'test/frameworks/shop/service/main.ts',
    Facade: 'test/frameworks/shop/service/billing.ts',
    'Event Publishing': 'test/frameworks/shop/service/order.ts',
    'Queue Worker': 'test/frameworks/shop/service/billing.ts',
  },
}

/** Every heading of a document, in no particular order. */
export function headings(language: string): readonly string[] {
  return [...Object.keys(prose), ...Object.keys(sections[language]!)]
}
