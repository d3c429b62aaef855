/**
 * kcat: a producer process per codec, and a balanced consumer process per member. kcat commits what
 * it has printed before it gives up partitions.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import kafkajs from 'kafkajs'
import * as scenario from './scenario.mjs'

const { topic, bootstrap } = scenario
const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

/** kcat cannot create a topic of four partitions, so kafkajs does. */
async function createTopic() {
  const admin = new kafkajs.Kafka({ brokers: [bootstrap] }).admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 4 }], waitForLeaders: true })
  await admin.disconnect()
  await pipeToProducer(['-Z'], `${scenario.tombstone.key}:\n`)
}

/** kcat has one codec and one set of headers for all records of a process. */
async function produce(from, to) {
  const part = (to - from) / codecs.length
  for (const [i, codec] of codecs.entries()) {
    const start = from + i * part
    const records = [...scenario.chunks(start, start + part, codecs)].flatMap((it) => it.records)
    const lines = records.map(({ key, value }) => `${key}:${value}\n`)
    await pipeToProducer(['-z', codec, '-H', `seq=${start}`], lines[0])
    await pipeToProducer(['-z', codec], lines.slice(1).join(''))
  }
}

async function pipeToProducer(args, text) {
  const kcat = spawn('kcat', ['-P', '-b', bootstrap, '-t', topic, '-K:', ...args], {
    stdio: ['pipe', 'inherit', 'inherit'],
  })
  kcat.stdin.end(text)
  const [code] = await once(kcat, 'exit')
  if (code !== 0) throw new Error(`the producer kcat ended with ${code}`)
}

/**
 * Starts a member for each word it reads, and stops them at the end of its input. The members write
 * to one pipe, a line at a time: the order of lines is the order of consumption.
 */
const script = `
  while read member; do
    stdbuf -oL kcat -G "$GROUP" -b "$BOOTSTRAP" -q -f "$member %p %o %S %h %s\\n" \\
      -X auto.offset.reset=earliest -X heartbeat.interval.ms=500 "$TOPIC" &
    members+=($!)
  done
  [ "\${#members[@]}" = 0 ] || kill "\${members[@]}"
  wait`
const shell = spawn('bash', ['-c', script], { stdio: ['pipe', 'pipe', 'inherit'] })
const ended = once(shell, 'exit')

async function readLines() {
  let rest = ''
  for await (const text of shell.stdout.setEncoding('utf8')) {
    const lines = (rest + text).split('\n')
    rest = lines.pop()
    for (const line of lines) readLine(line)
    // While this does not read, the pipe fills up and kcat has to wait.
    await scenario.pace('A', lines.length)
  }
}

function readLine(line) {
  const [member, partition, offset, size, headers, ...value] = line.split(' ')
  scenario.consumed(member, {
    partition,
    offset,
    value: size === '-1' ? null : value.join(' '),
    header: headers === '' ? undefined : headers.replace('seq=', ''),
  })
}

const reading = readLines()
reading.catch(scenario.fail)

async function join(member) {
  shell.stdin.write(`${member}\n`)
  return async () => {
    shell.stdin.end()
    await Promise.all([ended, reading])
  }
}

await scenario.play({ createTopic, produce, join, codecs })
