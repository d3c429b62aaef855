/** `kafka.do group`: consumer groups, how far they are behind, and where they go on. */

import { Command } from 'commander'
import { Offset } from '../index-node.ts'
import { addConnectOptions, withKafka, type ConnectFlags } from './connect.ts'
import { MisuseError, printRows, type Output } from './output.ts'

export function groupCommand(output: Output): Command {
  const group = new Command('group').description('list, describe, reset and delete consumer groups')
  group.addCommand(listCommand(output))
  group.addCommand(describeCommand(output))
  group.addCommand(resetCommand(output))
  group.addCommand(deleteCommand(output))
  return group
}

function listCommand(output: Output): Command {
  return addConnectOptions(new Command('list'))
    .description('list the consumer groups')
    .action((flags: ConnectFlags) =>
      withKafka(flags, async (kafka) => {
        const groups = await kafka.admin.listGroups()
        printRows(
          output,
          groups.map(({ id, state, memberCount }) => ({ id, state, members: memberCount })),
          'there are no groups; a consumer makes one',
        )
      }),
    )
}

function describeCommand(output: Output): Command {
  return addConnectOptions(new Command('describe'))
    .description('show a group: its state, members, and lag per partition')
    .argument('<group>')
    .action((id: string, flags: ConnectFlags) =>
      withKafka(flags, async (kafka) => {
        const group = await kafka.admin.describeGroup(id)
        if (!output.isForPeople) {
          output.data(`${JSON.stringify(group)}\n`)
          return
        }
        const { state, members, totalLag } = group
        output.note(`${id}: ${state}, ${members.length} members, ${totalLag} records behind`)
        const rows = group.lag.map(({ topic, partition, offset, endOffset, lag }) => {
          return { topic, partition, committed: offset, end: endOffset, lag }
        })
        printRows(output, rows, 'no offsets were committed yet')
      }),
    )
}

function resetCommand(output: Output): Command {
  return addConnectOptions(new Command('reset'))
    .description('set the committed offsets of a group without members')
    .argument('<group>')
    .argument('<topic>')
    .requiredOption('--to <where>', "'earliest', 'latest', or a time such as 2026-01-31T12:00:00Z")
    .action((id: string, topic: string, flags: ConnectFlags & { readonly to: string }) =>
      withKafka(flags, async (kafka) => {
        await kafka.admin.resetOffsets(id, topic, parseOffset(flags.to))
        output.note(`group ${id} goes on in ${topic} from ${flags.to}`)
      }),
    )
}

function deleteCommand(output: Output): Command {
  return addConnectOptions(new Command('delete'))
    .description('delete groups without members, with their committed offsets')
    .argument('<groups...>')
    .action((ids: string[], flags: ConnectFlags) =>
      withKafka(flags, async (kafka) => {
        for (const id of ids) {
          await kafka.admin.deleteGroup(id)
          output.note(`deleted group ${id}`)
        }
      }),
    )
}

/** A `Date` is also made of other text: an offset of 42 would be the year 2042. */
const isoTime = /^\d{4}-\d\d-\d\d([T ]|$)/

/** @throws MisuseError where `text` is no place in a log */
export function parseOffset(text: string): ReturnType<typeof Offset.timestamp> {
  if (text === 'earliest') return Offset.earliest
  if (text === 'latest') return Offset.latest
  const date = new Date(text)
  if (!isoTime.test(text) || Number.isNaN(date.getTime())) {
    const known = `'earliest', 'latest' nor a time such as 2026-01-31T12:00:00Z`
    throw new MisuseError(`'${text}' is neither ${known}`)
  }
  return Offset.timestamp(date)
}
