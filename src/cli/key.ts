/**
 * `kafka.do key`: API keys. A key is a SCRAM user with the ACLs that it is allowed, made with
 * nothing but Kafka's own requests, so that this works on Apache Kafka, too.
 */

import { existsSync } from 'node:fs'
import { Command } from 'commander'
import { systemRandom } from '../runtime/system-runtime.ts'
import type { Kafka } from '../client/kafka.ts'
import { KafkaError } from '../client/failure/errors.ts'
import { addConnectOptions, withKafka, type ConnectFlags } from './connect.ts'
import { aclsOf, aclTexts } from './grants.ts'
import { withFolder } from '../server/offline.ts'
import { CommandError, MisuseError, printRows, type Output } from './output.ts'

interface KeyFlags extends ConnectFlags {
  readonly dataFolder?: string
  readonly json?: boolean
}

interface CreateFlags extends KeyFlags {
  readonly allow: string[]
  readonly name?: string
}

const idBytes = 6
const secretBytes = 32
/** What `key create` prints: an id, which has no dots, and the secret of 32 bytes in base64. */
const wholeKey = /^([\w-]+)\.[\w-]{43}$/

export function keyCommand(output: Output): Command {
  const key = new Command('key').description('create, list and revoke API keys')
  key.addCommand(createCommand(output))
  key.addCommand(listCommand(output))
  key.addCommand(revokeCommand(output))
  return key
}

function createCommand(output: Output): Command {
  return addKeyOptions(new Command('create'))
    .description('make an API key; its secret is shown once, and stored nowhere')
    .requiredOption(
      '--allow <grant...>',
      'produce:<topic>, consume:<topic>:<group>, transactional:<id>, monitor or admin; ' +
        'names may end in *',
    )
    .option('--name <name>', 'what the id begins with', 'key')
    .action(async (flags: CreateFlags) => {
      const id = newId(flags.name ?? 'key')
      const secret = text64(systemRandom.bytes(secretBytes))
      const acls = aclsOf(flags.allow, `User:${id}`)
      await withAdmin(flags, async ({ admin }) => {
        await admin.createAcls(acls).catch(explainDisabled)
        for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const) {
          await admin.alterScramCredentials([{ user: id, password: secret, mechanism }])
        }
      })
      const key = `${id}.${secret}`
      if (!isForPeople(output, flags)) {
        return output.data(`${JSON.stringify({ id, secret, key, allow: flags.allow })}\n`)
      }
      output.note(`API key ${id}: shown now, and never again`)
      output.data(`${key}\n`)
    })
}

function listCommand(output: Output): Command {
  return addKeyOptions(new Command('list'))
    .description('list API keys, and what they are allowed')
    .action((flags: KeyFlags) =>
      withKeys(flags, async ({ admin }) => {
        const users = await admin.describeScramCredentials()
        const acls = await admin.describeAcls().then((found) => found, noneIfDisabled)
        const rows = users.map(({ user: id }) => {
          const own = acls.filter(({ principal }) => principal === `User:${id}`)
          return { id, allow: aclTexts(own).join('; ') }
        })
        const whenEmpty = 'there are no API keys; kafka.do key create makes one'
        printRows({ ...output, isForPeople: isForPeople(output, flags) }, rows, whenEmpty)
      }),
    )
}

function revokeCommand(output: Output): Command {
  return addKeyOptions(new Command('revoke'))
    .description('revoke API keys, and end the connections that use them')
    .argument('<ids...>')
    .action((ids: string[], flags: KeyFlags) =>
      withKeys(flags, async (kafka) => {
        for (const given of ids) {
          const id = await idOf(kafka, given)
          await revoke(kafka, id)
          output.note(`revoked ${id}`)
        }
      }),
    )
}

/** Who pastes a whole key means its id; but users that others made may have dots in their names. */
async function idOf({ admin }: Kafka, given: string): Promise<string> {
  const id = wholeKey.exec(given)?.[1]
  if (id === undefined) return given
  const users = await admin.describeScramCredentials()
  return users.some(({ user }) => user === given) ? given : id
}

async function revoke({ admin }: Kafka, id: string): Promise<void> {
  const [user] = await admin.describeScramCredentials([id])
  for (const { mechanism } of user?.credentials ?? []) {
    await admin.alterScramCredentials([{ user: id, mechanism }])
  }
  await admin.deleteAcls({ principal: `User:${id}` }).catch(noneIfDisabled)
}

function addKeyOptions(command: Command): Command {
  return addConnectOptions(command)
    .option('--data-folder <folder>', 'work on the data folder of a stopped server instead')
    .option('--json', 'print lines of JSON on a terminal, too')
}

/** As `withAdmin`, for what is there already: a folder that is mistyped would else be made. */
function withKeys<Result>(
  flags: KeyFlags,
  work: (kafka: Kafka) => Promise<Result>,
): Promise<Result> {
  const { dataFolder } = flags
  if (dataFolder !== undefined && !existsSync(dataFolder)) {
    throw new MisuseError(`there is no folder '${dataFolder}'`)
  }
  return withAdmin(flags, work)
}

function withAdmin<Result>(
  flags: KeyFlags,
  work: (kafka: Kafka) => Promise<Result>,
): Promise<Result> {
  const { dataFolder } = flags
  if (dataFolder === undefined) return withKafka(flags, work)
  if (flags.url !== undefined) throw new MisuseError('give --url or --data-folder, not both')
  return withFolder(dataFolder, work)
}

function isForPeople(output: Output, { json = false }: KeyFlags): boolean {
  return output.isForPeople && !json
}

function newId(name: string): string {
  if (!/^[\w-]{1,60}$/.test(name)) {
    throw new MisuseError(`--name must be letters, digits, - and _, not '${name}'`)
  }
  return `${name}-${text64(systemRandom.bytes(idBytes)).replaceAll(/[-_]/g, '0')}`
}

/** Base64 without what means something elsewhere: dots, colons, slashes, equals signs. */
function text64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}

function isDisabled(error: unknown): boolean {
  return KafkaError.is(error) && error.code === 'security_disabled'
}

function noneIfDisabled(error: unknown): [] {
  if (isDisabled(error)) return []
  throw error
}

function explainDisabled(error: unknown): never {
  if (!isDisabled(error)) throw error
  throw new CommandError(
    'this server asks nobody who they are, so that a key would be of no use; stop it and use ' +
      '--data-folder, then start it with --auth required',
  )
}
