/**
 * `node --expose-gc bench/streams-soak.ts --records 50000000`: whether memory stays flat where keys
 * are bounded. Records of 1000 keys, 1 ms apart and some out of order, go through a count, windowed
 * counts of each kind and a join; what has changed is drained every 10,000 records, as by commits.
 * Fails where more memory is in use at the end than after the first tenth, beyond a margin.
 */

import { parseArgs } from 'node:util'
import { StreamDriver, type SavedState } from '../src/streams/stream-driver.ts'
import { Window } from '../src/streams/window.ts'
import { seededRandom } from '../test/support/random.ts'

const { values } = parseArgs({ options: { records: { type: 'string', default: '1000000' } } })
const recordCount = Number(values.records)
const keyCount = 1000
const commitRecords = 10_000
const marginMiB = 16

let results = 0
const driver = new StreamDriver((sources) => {
  const clicks = sources.stream<number>('clicks')
  const note = (): void => void results++
  clicks.groupByKey().count().forEach(note)
  clicks
    .window(Window.tumbling('10s', { grace: '1s' }))
    .groupByKey()
    .count()
    .forEach(note)
  clicks.window(Window.hopping('10s', '5s')).groupByKey().count().final().forEach(note)
  clicks.window(Window.session('500ms')).groupByKey().count().forEach(note)
  clicks.window(Window.sliding('2s')).groupByKey().count().forEach(note)
  const views = sources.stream<number>('views')
  clicks.join(views, { window: '1s' }).forEach(note)
})
const changed: SavedState = new Map()
let changes = 0
let drops = 0
const random = seededRandom(1)
const used: number[] = []
const begunMs = performance.now()
for (let number = 0; number < recordCount; number++) {
  const key = `key-${random.below(keyCount)}`
  const timestamp = 1_700_000_000_000 + number - random.below(100)
  driver.send(number % 4 === 0 ? 'views' : 'clicks', { key, value: number, timestamp })
  if (number % commitRecords === 0) commit()
  if ((number + 1) % (recordCount / 10) === 0) tell(number + 1)
}
const [first, last] = [used[0]!, used.at(-1)!]
if (last > first + marginMiB) throw new Error(`${first} MiB became ${last} MiB`)

/** Takes what has changed since the last time, and what was dropped. */
function commit(): void {
  driver.save(changed)
  changes += changed.size
  changed.clear()
  drops += driver.drops.length
  driver.drops.length = 0
}

function tell(count: number): void {
  globalThis.gc?.()
  const heapMiB = Math.round(process.memoryUsage().heapUsed / 1024 / 1024)
  used.push(heapMiB)
  const seconds = ((performance.now() - begunMs) / 1000).toFixed(0)
  const facts = `${results} results, ${changes} changes, ${drops} dropped`
  process.stdout.write(`${count} records, ${seconds} s: ${heapMiB} MiB of memory; ${facts}\n`)
}
