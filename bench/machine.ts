/** What a result depends on besides the code: the machine, the versions, and which code it was. */

import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { apacheKafkaVersion } from '../test/support/apache-kafka.ts'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  readonly node: string
  readonly apacheKafka: string
  /** Short hash; with a `+` where files differ from that commit. */
  readonly commit: string
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    node: process.versions.node,
    apacheKafka: apacheKafkaVersion,
    commit: currentCommit(),
  }
}

export function machineLine(machine: Machine): string {
  const { cpu, cores, memoryGb, node, apacheKafka, commit } = machine
  return [
    `${cpu}, ${cores} cores, ${memoryGb} GB`,
    `Node ${node}`,
    `Apache Kafka ${apacheKafka}`,
    `commit ${commit}`,
  ].join(' · ')
}

function currentCommit(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: join(import.meta.dirname, '..'), encoding: 'utf8' }).trim()
  try {
    const changed = git('status', '--porcelain', '--', 'src', 'bench', ':!bench/results')
    return git('rev-parse', '--short', 'HEAD') + (changed === '' ? '' : '+')
  } catch {
    // Sources that were downloaded without their history.
    return 'unknown'
  }
}
