/**
 * Apache Kafka's own command-line tools for ACLs, SCRAM users and quotas against the broker: each does
 * what administrators do with it, and says what it should.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apacheKafkaTool } from '../../support/apache-kafka/jars.ts'

const { BOOTSTRAP, TOPIC, GROUP, SASL_USER, SASL_PASSWORD } = process.env as Record<string, string>
process.env['JAVA_TOOL_OPTIONS'] = '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC'
const folder = await mkdtemp(join(tmpdir(), 'kafka-tools-'))
const login = join(folder, 'login.properties')
let runs = 0

/** Runs a tool as the administrator and holds what it prints against `expected`. */
async function run(className: string, args: readonly string[], expected: RegExp): Promise<void> {
  const broker = ['--bootstrap-server', BOOTSTRAP!, '--command-config', login]
  const printed = await apacheKafkaTool(className, [...broker, ...args])
  runs++
  if (expected.test(printed)) return
  const command = `${className} ${args.join(' ')}`
  throw new Error(`${command} printed, where ${expected} was expected:\n${printed}`)
}

const acls = (args: readonly string[], expected: RegExp) =>
  run('org.apache.kafka.tools.AclCommand', args, expected)
const configs = (args: readonly string[], expected: RegExp) =>
  run('kafka.admin.ConfigCommand', args, expected)

async function tryAcls(): Promise<void> {
  const rule = ['--allow-principal', 'User:ann', '--topic', TOPIC!]
  await acls(['--add', ...rule, '--operation', 'Read'], /operation=READ, permissionType=ALLOW/)
  const prefixed = ['--producer', '--topic', `${TOPIC}-`, '--resource-pattern-type', 'prefixed']
  await acls(['--add', '--allow-principal', 'User:bob', ...prefixed], /patternType=PREFIXED/)
  const denied = ['--deny-principal', 'User:eve', '--deny-host', '10.0.0.1', '--group', GROUP!]
  await acls(['--add', ...denied, '--operation', 'All'], /permissionType=DENY/)
  await acls(['--list', '--topic', TOPIC!], /principal=User:ann, host=\*, operation=READ/)
  await acls(['--list', '--principal', 'User:eve'], /host=10\.0\.0\.1, operation=ALL/)
  await acls(['--remove', ...rule, '--operation', 'Read', '--force'], /^(?!.*User:ann)/s)
  await acls(['--list', '--topic', TOPIC!], /^(?!.*User:ann)/s)
}

async function tryUsers(): Promise<void> {
  const carol = ['--entity-type', 'users', '--entity-name', 'carol']
  const credential = 'SCRAM-SHA-512=[iterations=8192,password=secret]'
  await configs([...carol, '--alter', '--add-config', credential], /Completed updating/)
  await configs([...carol, '--describe'], /SCRAM-SHA-512=iterations=8192/)
  await configs([...carol, '--alter', '--delete-config', 'SCRAM-SHA-512'], /Completed updating/)
  await configs([...carol, '--describe'], /^(?!.*SCRAM)/s)
}

async function tryQuotas(): Promise<void> {
  const dave = ['--entity-type', 'users', '--entity-name', 'dave']
  const client = ['--entity-type', 'clients', '--entity-default']
  const quota = 'producer_byte_rate=1000000,consumer_byte_rate=2000000'
  const both = [...dave, ...client]
  await configs([...both, '--alter', '--add-config', quota], /Completed updating/)
  await configs([...both, '--describe'], /consumer_byte_rate=2000000/)
  const removed = ['--alter', '--delete-config', 'producer_byte_rate,consumer_byte_rate']
  await configs([...both, ...removed], /Completed updating/)
  await configs([...both, '--describe'], /^(?!.*byte_rate)/s)
}

try {
  const account = `username="${SASL_USER}" password="${SASL_PASSWORD}"`
  const module = 'org.apache.kafka.common.security.scram.ScramLoginModule'
  const settings = [
    'security.protocol=SASL_PLAINTEXT',
    'sasl.mechanism=SCRAM-SHA-256',
    `sasl.jaas.config=${module} required ${account};`,
  ]
  await writeFile(login, `${settings.join('\n')}\n`)
  // Most of the time is that of starting virtual machines.
  await Promise.all([tryAcls(), tryUsers(), tryQuotas()])
  process.stdout.write(`F acls scram-users quotas ${runs}-commands\n`)
} finally {
  await rm(folder, { recursive: true, force: true })
}
