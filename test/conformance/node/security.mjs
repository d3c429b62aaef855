/**
 * The scenario of security: every mechanism that the client has, with and without TLS, and a wrong
 * password. Called with the name of the client.
 */

import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'

const { BOOTSTRAP, SASL_USER, SASL_PASSWORD, CA_FILE, TOPIC } = process.env
const ca = readFileSync(CA_FILE, 'utf8')
const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']
const deadlineMs = 100_000

/** By client: sends a record to a topic, and returns what it reads there. */
const exchanges = {
  kcat: exchangeByKcat,
  kafkajs: exchangeByKafkajs,
  '@platformatic/kafka': exchangeByPlatformatic,
  '@kafkats/client': exchangeByKafkats,
}

async function exchangeByKcat({ topic, mechanism, isTls, password }) {
  const protocol = `security.protocol=${isTls ? 'SASL_SSL' : 'SASL_PLAINTEXT'}`
  const sasl = [`sasl.mechanism=${mechanism}`, `sasl.username=${SASL_USER}`]
  const rest = [`sasl.password=${password}`, `ssl.ca.location=${CA_FILE}`]
  const settings = [protocol, ...sasl, ...rest].flatMap((setting) => ['-X', setting])
  const common = ['-b', BOOTSTRAP, '-t', topic, ...settings]
  const run = promisify(execFile)
  // It tries a wrong password again and again.
  const timeout = password === SASL_PASSWORD ? 15_000 : 1500
  await run('sh', ['-c', 'printf secret | kcat -P -E "$@"', 'kcat', ...common], { timeout })
  const { stdout } = await run('kcat', ['-C', '-e', '-q', ...common], { timeout })
  return stdout.trim()
}

async function exchangeByKafkajs({ topic, mechanism, isTls, password }) {
  const { Kafka, Partitioners, logLevel } = (await import('kafkajs')).default
  const kafka = new Kafka({
    brokers: [BOOTSTRAP],
    ssl: isTls && { ca: [ca] },
    sasl: { mechanism: mechanism.toLowerCase(), username: SASL_USER, password },
    logLevel: logLevel.NOTHING,
    retry: { retries: password === SASL_PASSWORD ? 5 : 0 },
  })
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  await producer.connect()
  await producer.send({ topic, messages: [{ value: 'secret' }] })
  await producer.disconnect()
  const consumer = kafka.consumer({ groupId: `group-${topic}` })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const { promise, resolve } = Promise.withResolvers()
  await consumer.run({ eachMessage: async ({ message }) => resolve(message.value.toString()) })
  const value = await promise
  await consumer.disconnect()
  return value
}

async function exchangeByPlatformatic({ topic, mechanism, isTls, password }) {
  const kafka = await import('@platformatic/kafka')
  const options = {
    clientId: 'security',
    bootstrapBrokers: [BOOTSTRAP],
    ...(isTls ? { tls: { ca, servername: 'localhost' } } : {}),
    sasl: { mechanism, username: SASL_USER, password },
    retries: 1,
  }
  const serializers = kafka.stringSerializers
  const producer = new kafka.Producer({ ...options, serializers, autocreateTopics: true })
  try {
    await producer.send({ messages: [{ topic, value: 'secret' }], autocreateTopics: true })
  } finally {
    await producer.close()
  }
  const deserializers = kafka.stringDeserializers
  const groupId = `group-${topic}`
  const consumer = new kafka.Consumer({ ...options, groupId, deserializers, maxWaitTime: 100 })
  const stream = await consumer.consume({
    topics: [topic],
    mode: kafka.MessagesStreamModes.EARLIEST,
  })
  const { value } = await new Promise((resolve, reject) => {
    stream.once('data', resolve)
    stream.once('error', reject)
  })
  await stream.close()
  await consumer.close(true)
  return value
}

async function exchangeByKafkats({ topic, mechanism, isTls, password }) {
  const { KafkaClient } = await import('@kafkats/client')
  const client = new KafkaClient({
    clientId: 'security',
    brokers: [BOOTSTRAP],
    ...(isTls ? { tls: { enabled: true, ca } } : {}),
    sasl: { mechanism, username: SASL_USER, password },
  })
  await client.connect()
  await client.createTopics([{ name: topic, numPartitions: 1, replicationFactor: 1 }])
  const producer = client.producer({})
  await producer.send(topic, { value: Buffer.from('secret') })
  const consumer = client.consumer({ groupId: `group-${topic}`, autoOffsetReset: 'earliest' })
  const { promise, resolve } = Promise.withResolvers()
  const running = consumer.runEach(topic, async ({ value }) => resolve(value.toString()))
  const value = await Promise.race([promise, running])
  consumer.stop()
  await running
  await producer.disconnect()
  await client.disconnect()
  return value
}

const exchange = exchanges[process.argv[2]]
let waitingFor = ''
setTimeout(() => {
  process.stderr.write(`not done after ${deadlineMs} ms, waiting for ${waitingFor}\n`)
  process.exit(1)
}, deadlineMs)
for (const mechanism of mechanisms) {
  for (const isTls of [false, true]) {
    waitingFor = `${mechanism}, ${isTls ? 'TLS' : 'no TLS'}`
    const topic = `${TOPIC}-${mechanism}-${isTls}`
    const value = await exchange({ topic, mechanism, isTls, password: SASL_PASSWORD })
    if (value !== 'secret') throw new Error(`${waitingFor}: ${value}`)
  }
  waitingFor = `${mechanism}, a wrong password`
  const attempt = { topic: 'nothing', mechanism, isTls: true, password: 'wrong' }
  const refusal = await exchange(attempt).then(
    () => undefined,
    (error) => error,
  )
  if (!refusal) throw new Error(`${mechanism} takes a wrong password`)
  process.stderr.write(`${waitingFor}: ${refusal.message.split('\n')[0]}\n`)
}
const features = `F ${mechanisms.join(' ').toLowerCase()} tls\n`
process.stdout.write(features, () => process.exit(0))
