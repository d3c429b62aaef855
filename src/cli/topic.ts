/** `kafka.do topic`: create, list, describe, change and delete topics. */

import { Command } from 'commander'
import { addConnectOptions, withKafka, type ConnectFlags } from './connect.ts'
import { MisuseError, printRows, type Output } from './output.ts'

interface CreateFlags extends ConnectFlags {
  readonly partitions?: string
  readonly config: string[]
}

export function topicCommand(output: Output): Command {
  const topic = new Command('topic').description('create, list, describe, change and delete topics')
  topic.addCommand(createCommand(output))
  topic.addCommand(listCommand(output))
  topic.addCommand(describeCommand(output))
  topic.addCommand(alterCommand(output))
  topic.addCommand(deleteCommand(output))
  return topic
}

function createCommand(output: Output): Command {
  return addConnectOptions(new Command('create'))
    .description('create a topic')
    .argument('<name>')
    .option('-n, --partitions <count>', "number of partitions (default: the broker's)")
    .option('-c, --config <name=value...>', 'topic configs by their Kafka names', [])
    .action((name: string, flags: CreateFlags) =>
      withKafka(flags, async (kafka) => {
        const configs = parseConfigs(flags.config)
        const partitions =
          flags.partitions === undefined ? {} : { partitions: count(flags.partitions) }
        await kafka.admin.createTopic(name, { ...partitions, configs })
        output.note(`created topic ${name}`)
      }),
    )
}

function listCommand(output: Output): Command {
  return addConnectOptions(new Command('list'))
    .description('list the topics')
    .option('--internal', "also the broker's own")
    .action((flags: ConnectFlags & { readonly internal?: boolean }) =>
      withKafka(flags, async (kafka) => {
        const topics = await kafka.admin.listTopics({ includeInternal: flags.internal === true })
        printRows(
          output,
          topics.map(({ name, partitions }) => ({ name, partitions })),
          'there are no topics yet; kafka.do topic create <name> makes one',
        )
      }),
    )
}

function describeCommand(output: Output): Command {
  return addConnectOptions(new Command('describe'))
    .description('show a topic: its partitions, with where they start and end, and its configs')
    .argument('<name>')
    .action((name: string, flags: ConnectFlags) =>
      withKafka(flags, async (kafka) => {
        const { config } = await kafka.admin.describeTopic(name)
        const starts = await kafka.admin.listOffsets(name, 'earliest')
        const ends = await kafka.admin.listOffsets(name, 'latest')
        const partitions = ends.map(({ partition, offset }) => {
          const start = starts.find((other) => other.partition === partition)?.offset ?? 0
          return { partition, start, end: offset, records: offset - start }
        })
        if (!output.isForPeople) {
          output.data(`${JSON.stringify({ name, partitions, config })}\n`)
          return
        }
        printRows(output, partitions, 'no partitions')
        output.data('\n')
        const rows = Object.entries(config).map(([key, value]) => ({ config: key, value }))
        printRows(output, rows, 'no configs')
      }),
    )
}

function alterCommand(output: Output): Command {
  return addConnectOptions(new Command('alter'))
    .description('change configs of a topic, or give it more partitions')
    .argument('<name>')
    .option('-n, --partitions <count>', 'number of partitions to extend it to')
    .option('-c, --config <name=value...>', 'topic configs by their Kafka names', [])
    .action((name: string, flags: CreateFlags) =>
      withKafka(flags, async (kafka) => {
        const configs = parseConfigs(flags.config)
        const hasConfigs = Object.keys(configs).length > 0
        if (!hasConfigs && flags.partitions === undefined) {
          throw new MisuseError('nothing to change: give --partitions or --config')
        }
        const partitions = flags.partitions === undefined ? undefined : count(flags.partitions)
        if (hasConfigs) await kafka.admin.alterTopic(name, { configs })
        if (partitions !== undefined) await kafka.admin.createPartitions(name, partitions)
        output.note(`changed topic ${name}`)
      }),
    )
}

function deleteCommand(output: Output): Command {
  return addConnectOptions(new Command('delete'))
    .description('delete topics with all their records')
    .argument('<names...>')
    .action((names: string[], flags: ConnectFlags) =>
      withKafka(flags, async (kafka) => {
        for (const name of names) {
          await kafka.admin.deleteTopic(name)
          output.note(`deleted topic ${name}`)
        }
      }),
    )
}

function count(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new MisuseError(`--partitions must be a whole number from 1 up, not '${text}'`)
  }
  return Number(text)
}

function parseConfigs(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? []
      if (name === undefined || value === undefined) {
        throw new MisuseError(`--config must be name=value, not '${pair}'`)
      }
      return [name, value]
    }),
  )
}
