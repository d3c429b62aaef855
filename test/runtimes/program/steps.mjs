/**
 * The program that every runtime runs: each step is something that programs do with the SDK. Plain
 * JavaScript that uses nothing but the package and the language, so that it is the same everywhere.
 */

/** @typedef {import('kafka.do').Kafka} Kafka */

/** Thrown by a step for what this entry of the package does not offer. */
export class Absent extends Error {}

export function equal(actual, expected, what) {
  const [found, wanted] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (found !== wanted) throw new Error(`${what}: ${found}, and not ${wanted}`)
}

const numbers = (count) => Array.from({ length: count }, (_, index) => index)

/** What does not become true fails by the time that a step may take. */
async function until(isTrue) {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 20))
}

/** Reads the next `count` values of `topic` in a group, and commits the last. */
async function readInGroup(kafka, topic, group, count) {
  const values = []
  for await (const record of kafka.consumer(topic, { group })) {
    values.push(record.value)
    if (values.length < count) continue
    await record.commit()
    break
  }
  return values
}

async function produce(kafka, topic) {
  const producer = kafka.producer(topic)
  const sent = await producer.send({ text: 'zażółć 𝄞' }, { key: 'k', headers: { trace: 'abc' } })
  equal([sent.topic, sent.partition, sent.offset], [topic, 0, 0], 'where the record is')
  await producer.send(null, { key: 'k' })
  const [first, second] = await kafka.consumer(topic).take(2).toArray()
  equal(first.value, { text: 'zażółć 𝄞' }, 'value')
  equal([first.key, first.headers.trace], ['k', 'abc'], 'key and header')
  equal(first.timestamp instanceof Date, true, 'the timestamp is a date')
  equal(second.value, null, 'tombstone')
}

async function batches(kafka, topic) {
  await kafka.admin.createTopic(topic, { partitions: 3 })
  const items = numbers(500).map((index) => ({ key: `k${index % 10}`, value: { index } }))
  const sent = await kafka.producer(topic).sendBatch(items)
  equal(sent.length, items.length, 'records that were sent')
  const ofKeys = new Map()
  let count = 0
  for await (const batch of kafka.batchConsumer(topic, { group: topic, batchSize: 100 })) {
    for (const { key, value } of batch) {
      equal((ofKeys.get(key) ?? Number(key.slice(1)) - 10) + 10, value.index, `order of ${key}`)
      ofKeys.set(key, value.index)
    }
    count += batch.length
    await batch.commit()
    if (count === items.length) break
  }
}

async function groups(kafka, topic) {
  await kafka.producer(topic).sendBatch(numbers(20))
  equal(await readInGroup(kafka, topic, topic, 7), numbers(7), 'what was read first')
  equal((await readInGroup(kafka, topic, topic, 1))[0], 7, 'what the group goes on with')
  const { totalLag, state } = await kafka.admin.describeGroup(topic)
  equal([totalLag, state.toLowerCase()], [12, 'empty'], 'what is left')
}

async function asyncProducer(kafka, topic) {
  const producer = kafka.asyncProducer(topic)
  for (const number of numbers(50)) void producer.send(number)
  const closed = producer.close()
  let count = 0
  for await (const report of producer.reports()) {
    if (report.error) throw report.error
    equal(report.offset, count++, 'offset in the report')
  }
  await closed
  equal(count, 50, 'reports')
}

async function transactions(kafka, topic) {
  const copy = `${topic}-copy`
  await kafka.producer(topic).sendBatch([1, 2, 3])
  const aborted = await kafka
    .transaction(copy, async (tx) => {
      await tx.send('aborted')
      throw new Error('changed my mind')
    })
    .catch((error) => error.message)
  equal(aborted, 'changed my mind', 'what an aborted transaction throws')
  const consumer = kafka.consumer(topic, { group: topic })
  await kafka.transaction(copy, async (tx) => {
    for (const _ of numbers(3)) {
      const record = await consumer.next()
      await tx.send(record.value * 10)
      await tx.commit(record)
    }
  })
  await consumer.close()
  await kafka.produce(copy, 'end')
  const copied = await kafka.consumer(copy).take(4).toArray()
  equal(
    copied.map(({ value }) => value),
    [10, 20, 30, 'end'],
    'what was copied',
  )
  equal((await kafka.admin.describeGroup(topic)).totalLag, 0, 'what is left to copy')
}

async function process(kafka, topic) {
  const items = numbers(40).map((index) => ({ key: `k${index % 4}`, value: index }))
  await kafka.producer(topic).sendBatch(items)
  const consumer = kafka.consumer(topic, { group: topic })
  const done = []
  await consumer.process(
    async ({ value }) => {
      if (value === 13) throw new Error('poison')
      done.push(value)
      if (done.length === 39) void consumer.close()
    },
    { concurrency: 8, retry: { maxAttempts: 2, baseDelay: 1 }, deadLetter: `${topic}-dead` },
  )
  for (const rest of numbers(4)) {
    const ofKey = done.filter((value) => value % 4 === rest)
    equal(
      ofKey,
      ofKey.toSorted((a, b) => a - b),
      'order within a key',
    )
  }
  const letter = await kafka.consumer(`${topic}-dead`).first()
  equal([letter.value, letter.headers['original-offset']], [13, '13'], 'the dead letter')
}

async function admin(kafka, topic) {
  await kafka.admin.createTopic(topic, { partitions: 2, retentionMs: 3_600_000 })
  await kafka.admin.createPartitions(topic, 4)
  // The brokers of a cluster hear of it a moment after the controller has said so.
  await until(async () => (await kafka.admin.describeTopic(topic)).partitions === 4)
  equal((await kafka.admin.describeTopic(topic)).retentionMs, 3_600_000, 'a config')
  const names = (await kafka.admin.listTopics()).map(({ name }) => name)
  equal(names.includes(topic), true, 'the topic is listed')
  await kafka.admin.deleteTopic(topic)
  const isGone = (error) => error.code === 'topic_not_found'
  await until(() => kafka.admin.describeTopic(topic).then(() => false, isGone))
}

async function streams(kafka, topic) {
  if (typeof kafka.stream !== 'function') throw new Absent('streams')
  const amounts = [20, 150, 300, 5]
  await kafka.producer(topic).sendBatch(amounts.map((amount) => ({ customer: 'ann', amount })))
  const totals = kafka
    .stream(topic)
    .filter(({ amount }) => amount > 10)
    .groupBy(({ customer }) => customer)
    .reduce(0, (total, { amount }) => total + amount)
  for await (const [customer, total] of totals) {
    equal(customer, 'ann', 'key of the total')
    if (total === 470) break
  }
}

async function endings(kafka, topic) {
  await kafka.produce(topic, 1)
  const controller = new AbortController()
  const consumer = kafka.consumer(topic, { signal: controller.signal })
  equal((await consumer.next()).value, 1, 'the only record')
  const next = consumer.next()
  controller.abort()
  equal((await next) ?? null, null, 'what an aborted consumer gives')
  const started = performance.now()
  const code = await kafka.admin
    .createTopic(`${topic}-2`, {}, { signal: AbortSignal.abort(new Error('no')) })
    .catch((error) => error.message)
  equal(code, 'no', 'what an aborted operation throws')
  equal(performance.now() - started < 2000, true, 'aborting is quick')
}

/** Answers that are larger than what some platforms take in one message or chunk. */
async function largeRecords(kafka, topic) {
  const text = 'large '.repeat(150_000)
  await kafka.producer(topic).sendBatch([`${text}0`, `${text}1`, `${text}2`])
  const read = await kafka.consumer(topic).take(3).toArray()
  const ends = read.map(({ value }) => [value.length, value.at(-1)])
  equal(
    ends,
    ['0', '1', '2'].map((end) => [text.length + 1, end]),
    'length and end of each',
  )
}

/** By the columns of docs/runtimes.md. */
const steps = {
  produce,
  batches,
  groups,
  'async producer': asyncProducer,
  transactions,
  process,
  admin,
  endings,
  'large records': largeRecords,
  streams,
}

/** Compressions that this entry of the package offers, each tried with 1,000 records. */
async function codecs(kafka, topic) {
  const offered = []
  for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
    let producer
    try {
      producer = kafka.producer(`${topic}-${compression}`, { compression })
    } catch (error) {
      if (error.option !== 'compression') throw error
      continue
    }
    const values = numbers(1000).map((index) => ({ index, text: 'x'.repeat(50) }))
    await producer.sendBatch(values)
    const read = await kafka.consumer(`${topic}-${compression}`).take(1000).toArray()
    equal(
      read.map(({ value }) => value),
      values,
      compression,
    )
    offered.push(compression)
  }
  return offered.slice(1)
}

/** Reads `connection=url`, behind which there may be a blank and an API key. */
export function parseConnection(argument) {
  const at = argument.indexOf('=')
  const [url, apiKey] = argument.slice(at + 1).split(' ')
  return { connection: argument.slice(0, at), url, options: apiKey ? { url, apiKey } : { url } }
}

/**
 * Plays all steps, and `more` of them, each with a topic of its own, and hands the outcomes to `report`. What does not
 * end within `timeoutMs` has failed.
 */
export async function playSteps(kafka, { connection, report, more = {}, timeoutMs = 20_000 }) {
  const prefix = `${connection.replaceAll(' ', '-')}-${Math.random().toString(36).slice(2, 8)}`
  for (const [step, play] of Object.entries({ ...steps, ...more, codecs })) {
    const started = performance.now()
    let timer
    const outcome = await Promise.race([
      play(kafka, `${prefix}-${step.replaceAll(' ', '-')}`).then(
        (detail) => ({ result: 'passed', detail: detail ?? null }),
        (error) => ({
          result: error instanceof Absent ? 'absent' : 'failed',
          detail: String(error?.stack ?? error),
        }),
      ),
      new Promise((resolve) => {
        const late = { result: 'failed', detail: 'it did not end' }
        timer = setTimeout(() => resolve(late), timeoutMs)
      }),
    ])
    clearTimeout(timer)
    report({ connection, step, ...outcome, tookMs: Math.round(performance.now() - started) })
  }
}
