/** `kafka.do produce`: lines from standard input to records. */

import { Command } from 'commander'
import { KafkaError } from '../client/failure/errors.ts'
import type { Kafka, Producer } from '../index-node.ts'
import { addConnectOptions, interruptSignal, withKafka, type ConnectFlags } from './connect.ts'
import { BadLineError, parseLine, type RawRecord } from './json-lines.ts'
import { linesOf } from './lines.ts'
import { CommandError, exitCodes, MisuseError, type Output } from './output.ts'
import { Underway } from './underway.ts'

type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

interface ProduceFlags extends ConnectFlags {
  readonly lines?: boolean
  readonly key?: string
  readonly repartition?: boolean
  readonly compression: string
  readonly acks: string
}

type RawProducer = Producer<Uint8Array, Uint8Array>

const compressions: readonly string[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

export function produceCommand(output: Output): Command {
  return addConnectOptions(new Command('produce'))
    .description('write records from standard input, one per line')
    .argument('<topic>')
    .option('-l, --lines', 'take each line as a value, not as a record in JSON')
    .option('-k, --key <key>', 'key of all records, with --lines')
    .option('--repartition', 'choose partitions by key, not those that the records name')
    .option('-z, --compression <codec>', `one of ${compressions.join(', ')}`, 'none')
    .option('--acks <when>', "acknowledgement to wait for: 'all' (durable), '1' or '0'", 'all')
    .addHelpText('after', helpText)
    .action((topic: string, flags: ProduceFlags) =>
      withKafka(flags, async (kafka) => {
        const count = await produceAll(openProducer(kafka, topic, flags), flags, output)
        output.note(`${count} records written to ${topic}`)
      }),
    )
}

const helpText = `
A record as JSON is what 'kafka.do consume' writes when its output is not a terminal:
  {"key":"a","value":{"any":"json"},"headers":[["name","text"]]}
with "valueText" or "valueBase64" for values that are not JSON. Input typed at
a terminal is read as with --lines.`

function openProducer(kafka: Kafka, topic: string, flags: ProduceFlags): RawProducer {
  const { compression, acks } = flags
  if (!compressions.includes(compression)) {
    throw new MisuseError(
      `--compression must be one of ${compressions.join(', ')}, not '${compression}'`,
    )
  }
  if (!['all', '1', '0'].includes(acks)) {
    throw new MisuseError(`--acks must be 'all', '1' or '0', not '${acks}'`)
  }
  return kafka.producer<Uint8Array, Uint8Array>(topic, {
    value: 'bytes',
    key: 'bytes',
    compression: compression as Compression,
    acks: acks === 'all' ? 'all' : (Number(acks) as 0 | 1),
  })
}

async function produceAll(
  producer: RawProducer,
  flags: ProduceFlags,
  output: Output,
): Promise<number> {
  const asLines = flags.lines ?? process.stdin.isTTY
  if (flags.key !== undefined && !asLines) {
    throw new MisuseError('--key is for --lines: a record as JSON says its own')
  }
  if (process.stdin.isTTY) output.note('each line is a record; Ctrl-D ends')
  const { stdin } = process
  // Whoever writes to us may have nothing more to say for a long time.
  const stop = (): void => void stdin.destroy()
  const underway = new Underway(stop)
  const interrupted = interruptSignal()
  interrupted.addEventListener('abort', stop)
  let unread: unknown
  try {
    let lineNumber = 0
    for await (const line of linesOf(stdin as AsyncIterable<Buffer>)) {
      lineNumber++
      if (line.length === 0 && !asLines) continue
      const record = asLines ? plainRecord(line, flags.key) : readLine(line, lineNumber)
      underway.add(send(producer, record, flags), line.length)
      await underway.room()
      if (underway.failure !== undefined || interrupted.aborted) break
    }
  } catch (error) {
    unread = error
  }
  await underway.settled()
  if (interrupted.aborted) unread = new CommandError('interrupted', exitCodes.interrupted)
  // What was refused came first; and standard input that was closed ends with an error of its own.
  const failure = underway.failure ?? unread
  if (failure === undefined) return underway.writtenCount
  output.note(`${underway.writtenCount} records were written before the failure`)
  // What is wrong with a record is not wrong with the command line: others may be written.
  const isBadRecord = KafkaError.is(failure) && failure.code === 'invalid_option'
  throw isBadRecord ? new CommandError(`a record is wrong: ${failure.message}`) : failure
}

function send(
  producer: RawProducer,
  { key, value, headers, timestampMs, partition }: RawRecord,
  flags: ProduceFlags,
): Promise<unknown> {
  return producer.send(value, {
    key,
    headers: headers.map((header): [string, Uint8Array | null] => [header.key, header.value]),
    ...(timestampMs === undefined ? {} : { timestamp: timestampMs }),
    ...(partition === undefined || flags.repartition ? {} : { partition }),
  })
}

function plainRecord(line: Uint8Array, key: string | undefined): RawRecord {
  return {
    key: key === undefined ? null : Buffer.from(key),
    value: line,
    headers: [],
    timestampMs: undefined,
    partition: undefined,
  }
}

function readLine(line: Uint8Array, lineNumber: number): RawRecord {
  try {
    return parseLine(line)
  } catch (error) {
    if (!(error instanceof BadLineError)) throw error
    const form = 'a line is {"value": …, "key": …}; with --lines each line is a value'
    throw new CommandError(`line ${lineNumber} is not a record: ${error.message} (${form})`)
  }
}
