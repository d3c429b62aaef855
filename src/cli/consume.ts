/** `kafka.do consume`: records to standard output, as text for people, as JSON for programs. */

import { Command } from 'commander'
import { Offset, type Consumer, type Kafka, type KafkaRecord } from '../index-node.ts'
import { addConnectOptions, interruptSignal, withKafka, type ConnectFlags } from './connect.ts'
import { parseOffset } from './group.ts'
import { formatLine } from './json-lines.ts'
import { MisuseError, printable, type Output } from './output.ts'

interface ConsumeFlags extends ConnectFlags {
  readonly group?: string
  readonly from: string
  readonly max?: string
  readonly exit?: boolean
  readonly json?: boolean
}

type RawConsumer = Consumer<Uint8Array, Uint8Array>
type RawKafkaRecord = KafkaRecord<Uint8Array, Uint8Array>

export function consumeCommand(output: Output): Command {
  return addConnectOptions(new Command('consume'))
    .description('read records; prints lines of JSON if the output is not a terminal')
    .argument('<topic>')
    .option('-g, --group <group>', 'read as a member of this group, from its committed offsets on')
    .option(
      '-f, --from <where>',
      "start at 'earliest', 'latest' or a time; with --group, if that has no committed offsets",
      'earliest',
    )
    .option('-n, --max <count>', 'stop after this many records')
    .option('-e, --exit', 'stop at the current end of the topic')
    .option('--json', 'print lines of JSON on a terminal, too')
    .action(async (topic: string, flags: ConsumeFlags) => {
      const from = parseOffset(flags.from)
      const max = flags.max === undefined ? Infinity : parseMax(flags.max)
      const consume = (kafka: Kafka) => consumeAll({ kafka, topic, from, max, flags, output })
      // A mistyped name would else be a new topic, with nothing to be waited for.
      const count = await withKafka(flags, consume, { allowAutoTopicCreation: false })
      output.note(`${count} records`)
    })
}

interface Consumption {
  readonly kafka: Kafka
  readonly topic: string
  readonly from: Offset
  readonly max: number
  readonly flags: ConsumeFlags
  readonly output: Output
}

async function consumeAll({
  kafka,
  topic,
  from,
  max,
  flags,
  output,
}: Consumption): Promise<number> {
  const isForPeople = output.isForPeople && !flags.json
  const { group } = flags
  // Where a group goes on may be before `from`, which is for what it has not committed anything of.
  const start = group === undefined ? from : Offset.earliest
  const ends = flags.exit ? await partitionsToRead(kafka, topic, start) : undefined
  if (ends?.size === 0 || max === 0) return 0
  const signal = interruptSignal()
  const consumer = kafka.consumer<Uint8Array, Uint8Array>(topic, {
    ...(group === undefined ? {} : { group, autoCommit: true }),
    offset: from,
    value: 'bytes',
    key: 'bytes',
    signal,
  })
  let leaving: Promise<void> | undefined
  const firsts = new Map<number, number>()
  output.onUnread(() => (leaving ??= leave(consumer, firsts)))
  const next = ends ? untilDrained(consumer) : () => consumer.next()
  let count = 0
  for (let record = await next(); record; record = await next()) {
    if (!firsts.has(record.partition)) firsts.set(record.partition, record.offset)
    output.data(`${isForPeople ? textLine(record) : jsonLine(record)}\n`)
    // It counts as processed once the next one is asked for.
    if (!output.isTaken) await output.taken(signal)
    if (leaving || !output.isTaken) break
    count++
    if (ends && record.offset + 1 >= (ends.get(record.partition) ?? Infinity)) {
      ends.delete(record.partition)
    }
    if (count < max && ends?.size !== 0) continue
    // A consumer that is closed now has not processed the record, but it is printed here.
    if (group !== undefined) await record.commit()
    await consumer.close()
  }
  await leaving
  return count
}

/**
 * Closes `consumer`, and has its group go on where it did: nobody knows what of it was read, so
 * that who comes next has all of it. In a group they would else wait until it is given up for lost.
 * `firsts` are the offsets of the first records that were printed, by partition.
 */
export async function leave(
  consumer: RawConsumer,
  firsts: ReadonlyMap<number, number>,
): Promise<void> {
  for (const { topic, partition, position, committed } of consumer.positions()) {
    const offset = committed ?? firsts.get(partition) ?? position
    if (offset >= 0) await consumer.seek({ topic, partition, offset })
  }
  await consumer.close()
}

/**
 * Returns what gives the next record, and closes `consumer` where there is none for now. The ends
 * of the partitions alone do not tell that: what is last may be no record but the end of a
 * transaction, or read already by the group.
 */
function untilDrained(consumer: RawConsumer): () => Promise<RawKafkaRecord | undefined> {
  const closeIfDrained = (): void => {
    // A member that was given nothing yet has to wait until others let go of it.
    if (consumer.isDrained && consumer.assignment().length > 0) void consumer.close()
  }
  consumer.onStatus(closeIfDrained)
  return () => {
    const next = consumer.next()
    closeIfDrained()
    return next
  }
}

/** Returns the ends of the partitions that have something from `from` on. */
async function partitionsToRead(
  kafka: Kafka,
  topic: string,
  from: Offset,
): Promise<Map<number, number>> {
  const starts = await kafka.admin.listOffsets(topic, from)
  const ends = await kafka.admin.listOffsets(topic, 'latest')
  const startOf = new Map(starts.map(({ partition, offset }) => [partition, offset]))
  return new Map(
    ends
      // A start of -1 is a time after the last record.
      .filter(({ partition, offset }) => {
        const start = startOf.get(partition) ?? 0
        return start >= 0 && start < offset
      })
      .map(({ partition, offset }) => [partition, offset]),
  )
}

function jsonLine(record: RawKafkaRecord): string {
  return formatLine({
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    timestampMs: record.timestamp.getTime() >= 0 ? record.timestamp.getTime() : undefined,
    key: record.key,
    value: record.value,
    headers: record.rawHeaders,
  })
}

/** `partition:offset key value`, with nothing in it that a terminal would obey. */
function textLine({ partition, offset, key, value }: RawKafkaRecord): string {
  const keyText = key === null ? '' : `${printable(Buffer.from(key).toString())} `
  // A tombstone is null whatever its type says.
  const bytes = value as Uint8Array | null
  const valueText = bytes === null ? '(null)' : printable(Buffer.from(bytes).toString())
  return `${partition}:${offset} ${keyText}${valueText}`
}

function parseMax(text: string): number {
  if (!/^\d{1,15}$/.test(text)) {
    throw new MisuseError(`--max must be a whole number, not '${text}'`)
  }
  return Number(text)
}
