/** Which page of the reference has what, by where it is declared. */

import type { Declaration } from './public-api.ts'

export interface Page {
  readonly name: string
  readonly title: string
  readonly about: string
  /** What it begins with. */
  readonly first: readonly string[]
  readonly files: RegExp
}

export const entryPoints = [
  { module: 'kafka.do', file: 'src/index-node.ts' },
  { module: 'kafka.do/server', file: 'src/server/index.ts' },
  { module: 'kafka.do/testing', file: 'src/testing/index.ts' },
  { module: 'kafka.do/react', file: 'src/react/index.ts' },
  { module: 'kafka.do/opentelemetry', file: 'src/opentelemetry/index.ts' },
  { module: 'kafka.do/nestjs', file: 'src/nestjs/index.ts' },
  { module: 'kafka.do/nestjs/microservices', file: 'src/nestjs/microservices.ts' },
] as const

/** The first that matches has it. */
export const pages: readonly Page[] = [
  {
    name: 'errors',
    title: 'Errors',
    first: ['KafkaError'],
    about: 'What can go wrong, and what to do about it, is in [errors.md](../errors.md).',
    files: /failure\/errors|protocol\/error-codes|invalid-topology-error/,
  },
  {
    name: 'admin',
    title: 'Admin',
    first: ['Admin'],
    about: 'Topics, groups, configs, users and ACLs, by `kafka.admin`.',
    files: /client\/(admin|cluster)\//,
  },
  {
    name: 'transactions',
    title: 'Transactions',
    first: ['Transaction'],
    about: 'All or nothing, over several topics and the offsets of a group: `kafka.transaction`.',
    files: /client\/transaction\//,
  },
  {
    name: 'producing',
    title: 'Producing',
    first: ['Producer', 'AsyncProducer'],
    about: '`kafka.producer`, `kafka.asyncProducer`, and what they take and give.',
    files: /client\/producer\/|record\/batch-writer/,
  },
  {
    name: 'consuming',
    title: 'Consuming',
    first: ['Consumer', 'KafkaRecord', 'RecordStream', 'BatchConsumer', 'Batch'],
    about: '`kafka.consumer`, `kafka.batchConsumer`, and what they take and give.',
    files: /client\/(consumer\/|record\/(kafka-record|offset))|record\/record-cursor/,
  },
  {
    name: 'serdes',
    title: 'Serdes and schemas',
    first: [],
    about: 'How keys and values become bytes, and back.',
    files: /record\/serde/,
  },
  {
    name: 'client',
    title: 'Client',
    first: ['Kafka'],
    about: 'Everything begins with a `Kafka`.',
    files: /src\/index|client\/|runtime\/runtime/,
  },
  {
    name: 'streams',
    title: 'Streams',
    first: [
      'KafkaStream',
      'Table',
      'GroupedStream',
      'WindowedStream',
      'WindowedGroup',
      'WindowedTable',
    ],
    about:
      'What can be made of records; [streams.md](../streams.md) says how it is meant. Pages load them from ' +
      '`kafka.do/streams`.',
    files: /src\/streams\/(?!stream-driver)/,
  },
  {
    name: 'testing',
    title: 'Testing',
    first: ['MockKafka'],
    about:
      '`kafka.do/testing`: the real broker in memory, and time and faults as a test wants them.',
    files: /src\/testing|manual-clock|stream-driver/,
  },
  {
    name: 'server',
    title: 'Server',
    first: ['KafkaServer'],
    about: '`kafka.do/server`: a server inside a Node program.',
    files: /src\/(server|broker|connection)\//,
  },
  {
    name: 'react',
    title: 'React',
    first: ['KafkaProvider', 'useTopic', 'useProducer'],
    about:
      '`kafka.do/react`: records in components. [react.md](../react.md) begins at the beginning.',
    files: /src\/react/,
  },
  {
    name: 'opentelemetry',
    title: 'OpenTelemetry',
    first: ['openTelemetry'],
    about:
      '`kafka.do/opentelemetry`: traces and metrics. [observability.md](../observability.md) has more.',
    files: /src\/opentelemetry/,
  },
  {
    name: 'nestjs',
    title: 'NestJS',
    first: ['KafkaModule', 'KafkaSubscribe', 'KafkaEvents'],
    about:
      '`kafka.do/nestjs`: injected clients, and handlers of records. [nestjs.md](../nestjs.md) has more.',
    files: /src\/nestjs/,
  },
]

/** Returns the page of `declaration`. */
export function pageOf({ name, file }: Declaration): Page {
  const page = pages.find(({ files }) => files.test(file))
  if (!page) throw new Error(`no page for ${name} of ${file}`)
  return page
}
