/** `kafka.do verify`: every byte of a data folder, and what is wrong with it. */

import { Command } from 'commander'
import { faultKinds, type FaultSeverity, type LogFault } from '../log/log-fault.ts'
import { partitionFolders, segmentBytesOf, verifyFolder } from '../log/verify/folder.ts'
import type { LogReport } from '../log/verify/verify.ts'
import { nodeCodecs } from '../record/node-compression.ts'
import { installNativeCrc32c } from '../record/node-crc32c.ts'
import { folderHolder } from '../storage/node-folder-lock.ts'
import { NodeReadOnlyStorage } from '../storage/node-read-only-storage.ts'
import { isDataFolder, namesIn } from './data-folder.ts'
import { exitCodes, MisuseError, printable, type Output } from './output.ts'
import { Progress, sizeText } from './progress.ts'

interface VerifyFlags {
  readonly deep?: boolean
  readonly json?: boolean
}

export function verifyCommand(output: Output): Command {
  return new Command('verify')
    .description(
      'check every byte of a data folder of kafka.do or Apache Kafka, and change nothing; ' +
        'prints lines of JSON if the output is not a terminal',
    )
    .argument('<folder>', 'a data folder whose broker is stopped, or the folder of one partition')
    .option('--deep', 'decompress and decode all records, too')
    .option('--json', 'print lines of JSON on a terminal, too')
    .addHelpText('after', '\nExit code: 0 all is well, 1 there are faults, 2 nothing was checked.')
    .action((folder: string, flags: VerifyFlags) => {
      process.exitCode = new Verification(folder, flags, output).run()
    })
}

class Verification {
  readonly #folder: string
  readonly #flags: VerifyFlags
  readonly #output: Output
  readonly #counts: Record<FaultSeverity, number> = { lost: 0, torn: 0, rebuilt: 0, stray: 0 }
  #logCount = 0
  #segmentCount = 0
  #batchCount = 0
  #recordCount = 0

  constructor(folder: string, flags: VerifyFlags, output: Output) {
    this.#folder = folder
    this.#flags = flags
    this.#output = output
  }

  run(): number {
    const names = namesIn(this.#folder)
    const user = folderHolder(this.#folder)
    if (user !== undefined) {
      const advice = 'stop that broker first, or verify a copy'
      throw new MisuseError(`'${this.#folder}' is in use by process ${user}: ${advice}`)
    }
    installNativeCrc32c()
    this.#output.waitInData()
    const storage = new NodeReadOnlyStorage(this.#folder)
    const folders = partitionFolders(storage)
    if (folders.length === 0 && !isDataFolder(names)) {
      throw new MisuseError(`there is nothing of a broker in '${this.#folder}'`)
    }
    const totalBytes = folders.reduce((sum, name) => sum + segmentBytesOf(storage, name), 0)
    const progress = new Progress(this.#output, totalBytes)
    verifyFolder({
      storage,
      codecs: nodeCodecs,
      records: this.#flags.deep === true ? 'check' : 'skip',
      onProgress: (sizeBytes) => progress.add(sizeBytes),
      onFault: (fault) => {
        progress.clear()
        this.#tell(fault)
      },
      onLog: (_, report) => this.#count(report),
    })
    progress.clear()
    this.#sumUp(progress)
    const holder = folderHolder(this.#folder)
    if (holder !== undefined) {
      const message = `process ${holder} has opened the folder meanwhile: check it again`
      throw new MisuseError(message)
    }
    return Object.values(this.#counts).some((count) => count > 0) ? exitCodes.faults : 0
  }

  get #isForPeople(): boolean {
    return this.#output.isForPeople && this.#flags.json !== true
  }

  #tell(fault: LogFault): void {
    const { kind, file, position, offset, what } = fault
    const { severity, meaning, advice } = faultKinds[kind]
    this.#counts[severity]++
    // It is to be known also where nobody reads on from here.
    process.exitCode = exitCodes.faults
    if (!this.#isForPeople) {
      const line = { kind, severity, file, position, offset, what, meaning, advice }
      return this.#output.data(`${JSON.stringify(line)}\n`)
    }
    const at = position === undefined ? '' : `, byte ${position}`
    const from = offset === undefined ? '' : `, offset ${offset}`
    this.#output.data(
      `${severity.toUpperCase()}  ${printable(file)}${at}${from}\n` +
        `  ${printable(what)}\n  ${meaning}\n  → ${advice}\n`,
    )
  }

  #count({ segmentCount, batchCount, recordCount }: LogReport): void {
    this.#logCount++
    this.#segmentCount += segmentCount
    this.#batchCount += batchCount
    this.#recordCount += recordCount
  }

  #sumUp({ doneBytes, elapsedMs }: Progress): void {
    const faults = Object.entries(this.#counts).filter(([, count]) => count > 0)
    const found = faults.map(([severity, count]) => `${count} ${severity}`).join(', ')
    const rate = `${sizeText((doneBytes / Math.max(1, elapsedMs)) * 1000)}/s`
    const seen = `${this.#batchCount} batches, ${this.#recordCount} records`
    this.#output.note(
      `${this.#logCount} partitions, ${this.#segmentCount} segments, ${seen}, ` +
        `${sizeText(doneBytes)} at ${rate}: ${found === '' ? 'all is well' : `faults: ${found}`}`,
    )
  }
}
