/**
 * A full disk: the broker refuses records with Kafka's error, goes on serving what it has, and takes
 * records again once there is room, without a restart.
 */

import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, KafkaError } from '../../src/index-node.ts'
import { startOwnBroker } from '../support/own-broker.ts'
import { DiskImage } from './disk-image.ts'

const topic = 'full'
const imageMiB = 64
/** What Kafka answers where a log cannot be written to. */
const refusal = 'kafka_storage_error'
const recoveryMs = 10_000

/** Plays it through; returns whether all was as it should be, and reports what was not. */
export async function fillDisk(folder: string, report: (line: string) => void): Promise<boolean> {
  mkdirSync(folder, { recursive: true })
  const image = new DiskImage({ folder, sizeMiB: imageMiB })
  const broker = await startOwnBroker({ dataFolder: join(image.mountPoint, 'data') })
  const kafka = new Kafka({ url: `kafka://${broker.bootstrap}`, timeout: '5s', retries: 0 })
  const filling = join(image.mountPoint, 'filling')
  try {
    await kafka.admin.createTopic(topic)
    const acknowledged = [await send(kafka, 'before')]
    fill(filling)
    const refused = await refusedWith(kafka)
    if (refused !== refusal) throw new Error(`a full disk is answered with ${refused}`)
    await expectRecords(kafka, acknowledged)
    rmSync(filling)
    acknowledged.push(await sendWithin(kafka, 'after', recoveryMs))
    await expectRecords(kafka, acknowledged)
    await kafka.close()
    await broker.stop()
    report(`full: refused with ${refused}, read meanwhile, taken again after there was room`)
    return true
  } catch (error) {
    report(`full: ${error instanceof Error ? error.stack : String(error)}`)
    report(`full: the broker says:\n${broker.log()}`)
    await kafka.close()
    await broker.kill()
    return false
  } finally {
    image.close()
  }
}

const send = async (kafka: Kafka, text: string): Promise<string> => {
  const value = text.padEnd(10_000, '.')
  await kafka.produce(topic, value)
  return value
}

/** Takes all room there is. */
function fill(path: string): void {
  const file = openSync(path, 'w')
  try {
    for (const sizeBytes of [1 << 20, 4096, 1]) {
      while (hasRoomFor(file, sizeBytes));
    }
  } finally {
    closeSync(file)
  }
}

function hasRoomFor(file: number, sizeBytes: number): boolean {
  try {
    return writeSync(file, Buffer.alloc(sizeBytes, 1)) === sizeBytes
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false
    throw error
  }
}

/** Sends until it is refused: there may be room in the last block of the segment. */
async function refusedWith(kafka: Kafka): Promise<string> {
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      await send(kafka, 'refused')
    } catch (error) {
      return KafkaError.is(error) ? error.code : String(error)
    }
  }
  return 'an acknowledgement'
}

async function sendWithin(kafka: Kafka, text: string, timeoutMs: number): Promise<string> {
  const deadlineMs = performance.now() + timeoutMs
  for (;;) {
    try {
      return await send(kafka, text)
    } catch (error) {
      if (performance.now() > deadlineMs) throw error
      await sleep(100)
    }
  }
}

/** Wants the records that were acknowledged, in order, perhaps among others. */
async function expectRecords(kafka: Kafka, wanted: readonly string[]): Promise<void> {
  const found: (string | null)[] = []
  const consumer = kafka.consumer<string>(topic)
  for (const value of wanted) {
    while (found.at(-1) !== value) {
      const record = await consumer.next({ timeout: '5s' })
      found.push(record!.value)
    }
  }
  await consumer.close()
}
