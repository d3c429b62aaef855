/**
 * The scenario of transactions, for Node: numbered records are produced and copied exactly once.
 * The contract with the runner is in ../README.md.
 */

export const bootstrap = setting('BOOTSTRAP')
export const group = setting('GROUP')
export const input = setting('TOPIC')
export const output = `${input}-copy`
export const partitions = 4
/** Records that one transaction copies at most. */
export const copiedMax = 1000

const recordCount = Number(setting('RECORDS'))
const chunkSize = 1000
const deadlineMs = 120_000

function setting(name) {
  const value = process.env[name]
  if (value === undefined) throw new Error(`the environment variable ${name} is missing`)
  return value
}

/** Every third chunk is sent and aborted before it is sent for good. */
function* chunks() {
  for (let start = 0; start < recordCount; start += chunkSize) {
    const messages = []
    for (let seq = start; seq < Math.min(start + chunkSize, recordCount); seq++) {
      messages.push({ key: `key-${seq % 997}`, value: String(seq).padEnd(100) })
    }
    if ((start / chunkSize) % 3 === 2) yield { messages, isAborted: true }
    yield { messages, isAborted: false }
  }
}

let copiedCount = 0
let readCount = 0
let waitingFor = 'the topics'

/** Notes how many records a transaction that was committed has copied; returns whether that is all. */
export function copied(count) {
  copiedCount += count
  return copiedCount >= recordCount
}

export async function play(client) {
  const timer = setTimeout(() => fail(`not done after ${deadlineMs} ms`), deadlineMs)
  await playSteps(client).catch(fail)
  clearTimeout(timer)
}

async function playSteps({ createTopics, fill, copyAll, readOutput }) {
  await createTopics()
  waitingFor = 'the records to be produced'
  await fill(chunks())
  waitingFor = 'the first copier, which leaves its last transaction open'
  let round = 0
  const isAborted = () => ++round % 3 === 0
  await copyAll({ isAborted, isLeftOpen: () => copiedCount >= recordCount / 2 })
  waitingFor = 'the second copier, which takes the transactional id over'
  await copyAll({ isAborted, isLeftOpen: () => false })
  waitingFor = 'the copies to be read'
  let lines = ''
  await readOutput((partition, offset, value) => {
    lines += `R reader ${partition} ${offset} ${Number(value)}\n`
    return ++readCount >= recordCount
  })
  process.stdout.write(`${lines}F aborts fencing\n`)
}

function fail(problem) {
  process.stderr.write(`${problem?.stack ?? problem}\nit was waiting for ${waitingFor}\n`)
  process.exit(1)
}
