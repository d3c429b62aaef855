/** `kafka.do dump`: what is in the files of a log, for people and as lines of JSON. */

import { Command } from 'commander'
import { statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { dumpFile, type DumpRow } from '../log/verify/dump.ts'
import { partitionOf } from '../log/partition-folder.ts'
import type { RecordData } from '../record/batch-reader.ts'
import { nodeCodecs } from '../record/node-compression.ts'
import { installNativeCrc32c } from '../record/node-crc32c.ts'
import { NodeReadOnlyStorage } from '../storage/node-read-only-storage.ts'
import { internalDecoder } from './internal-records.ts'
import { formatLine } from './json-lines.ts'
import { exitCodes, MisuseError, printable, type Output } from './output.ts'

interface DumpFlags {
  readonly records?: boolean
  readonly json?: boolean
}

export function dumpCommand(output: Output): Command {
  return new Command('dump')
    .description(
      'show the contents of log files of kafka.do or Apache Kafka: batches, indexes, snapshots, ' +
        'checkpoints; prints lines of JSON if the output is not a terminal',
    )
    .argument('<paths...>', 'files, or folders with everything in them')
    .option('-r, --records', "show records, too; decodes those of the broker's own topics")
    .option('--json', 'print lines of JSON on a terminal, too')
    .action((paths: string[], flags: DumpFlags) => {
      installNativeCrc32c()
      output.waitInData()
      const dump = new Dump(flags, output)
      for (const path of paths) dump.show(path)
      process.exitCode = dump.isWhole ? 0 : exitCodes.faults
    })
}

class Dump {
  readonly #flags: DumpFlags
  readonly #output: Output
  /** Whether all that was shown could be read to its end. */
  isWhole = true

  constructor(flags: DumpFlags, output: Output) {
    this.#flags = flags
    this.#output = output
  }

  show(path: string): void {
    const stat = statSync(path, { throwIfNoEntry: false })
    if (!stat) throw new MisuseError(`there is no file or folder '${path}'`)
    if (stat.isDirectory()) this.#showFolder(path)
    else this.#showFile(path)
  }

  #showFolder(folder: string): void {
    const storage = new NodeReadOnlyStorage(folder)
    for (const name of storage.list('')) {
      const path = `${folder.replace(/\/$/, '')}/${name}`
      const isFolder = statSync(path).isDirectory()
      // Below a data folder are folders of partitions, which have none.
      if (isFolder && partitionOf(name)) this.#showFolder(path)
      else if (!isFolder) this.#showFile(path)
    }
  }

  #showFile(path: string): void {
    const folder = dirname(resolve(path))
    const topic = partitionOf(basename(folder))?.topic ?? ''
    if (this.#isForPeople) this.#output.data(`${printable(path)}\n`)
    const file = this.#isForPeople ? {} : { file: path }
    const isWhole = dumpFile(basename(path), {
      storage: new NodeReadOnlyStorage(folder),
      codecs: nodeCodecs,
      records: this.#flags.records === true ? 'show' : 'skip',
      onRow: (row) => this.#row({ ...file, ...row }),
      onRecord: this.#recordsOf(topic, file),
    })
    if (!isWhole) this.isWhole = false
  }

  #recordsOf(topic: string, file: { readonly file?: string }): (record: RecordData) => void {
    const decode = internalDecoder(topic)
    return (record) => {
      if (!decode) return this.#record(record, file)
      const { offset, timestamp } = record
      try {
        const { type, key, value } = decode(record)
        const line = jsonText({ ...file, offset, timestamp, type, key, value })
        this.#output.data(this.#isForPeople ? `  ${printable(line)}\n` : `${line}\n`)
      } catch (error) {
        this.isWhole = false
        this.#row({ ...file, offset, fault: (error as Error).message })
      }
    }
  }

  #record(record: RecordData, file: { readonly file?: string }): void {
    const { offset, timestamp: timestampMs, key, value, headers } = record
    const line = formatLine({ offset, timestampMs, partition: undefined, key, value, headers })
    if (this.#isForPeople) return this.#output.data(`  ${printable(line)}\n`)
    const name = file.file === undefined ? '' : `"file":${JSON.stringify(file.file)},`
    this.#output.data(`{${name}${line.slice(1)}\n`)
  }

  #row(row: DumpRow): void {
    if (!this.#isForPeople) return this.#output.data(`${jsonText(row)}\n`)
    const cells = Object.entries(row).filter(([, value]) => value !== false)
    const text = cells.map(([name, value]) => (name === 'line' ? value : `${name} ${value}`))
    this.#output.data(`${'marker' in row ? '  ' : ''}${printable(text.join('  '))}\n`)
  }

  get #isForPeople(): boolean {
    return this.#output.isForPeople && this.#flags.json !== true
  }
}

/** Bytes within records, such as the assignment of a member, are written as base64. */
function jsonText(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) => {
    if (field instanceof Uint8Array) return { base64: Buffer.from(field).toString('base64') }
    return typeof field === 'bigint' ? String(field) : field
  })
}
