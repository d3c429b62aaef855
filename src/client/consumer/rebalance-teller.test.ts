import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settled } from '../../../test/support/scripted-broker.ts'
import type { TopicPartition } from '../cluster/offset-lookup.ts'
import { TimeoutError } from '../failure/errors.ts'
import { RebalanceTeller } from './rebalance-teller.ts'

const [zero, one] = [0, 1].map((partition) => ({ topic: 'orders', partition }))

class Rig {
  readonly heard: string[] = []
  readonly errors: string[] = []
  /** Where set, whoever is told takes until it is called. */
  goOn: (() => void) | undefined
  error: Error | undefined
  readonly teller = new RebalanceTeller(
    {
      onAssigned: (partitions) => this.#hear('assigned', partitions),
      onRevoked: (partitions) => this.#hear('revoked', partitions),
      onLost: (partitions) => this.#hear('lost', partitions),
    },
    (error) => this.errors.push(error.message),
  )

  async #hear(what: string, partitions: readonly TopicPartition[]): Promise<void> {
    this.heard.push(`${what} ${partitions.map(({ partition }) => partition).join()}`)
    if (this.error) throw this.error
    if (this.goOn) await new Promise<void>((resolve) => (this.goOn = resolve))
  }
}

test('what comes is told once when it goes, whichever way that is', async () => {
  const { teller, heard } = new Rig()
  await teller.assigned([zero!, one!])
  await teller.revoked([zero!])
  teller.lost([zero!, one!])
  await teller.revoked([zero!, one!])
  assert.deepEqual(heard, ['assigned 0,1', 'revoked 0', 'lost 1'])
})

test('what is lost while the program takes it over is told of after that', async () => {
  const rig = new Rig()
  rig.goOn = () => undefined
  const assigned = rig.teller.assigned([zero!])
  await settled()
  rig.teller.lost([zero!])
  await settled()
  assert.deepEqual(rig.heard, ['assigned 0'])
  rig.goOn()
  await assigned
  await settled()
  assert.deepEqual(rig.heard, ['assigned 0', 'lost 0'])
})

test('what the program could not take over does not go', async () => {
  const rig = new Rig()
  rig.error = new Error('no room')
  await assert.rejects(rig.teller.assigned([zero!]), rig.error)
  rig.error = undefined
  await rig.teller.revoked([zero!])
  assert.deepEqual(rig.heard, ['assigned 0'])
})

test('what is thrown where nobody waits is heard of, and the next is told', async () => {
  const rig = new Rig()
  await rig.teller.assigned([zero!, one!])
  rig.error = new Error('no disk')
  rig.teller.lost([zero!])
  await assert.rejects(rig.teller.revoked([one!]), rig.error)
  assert.deepEqual(rig.errors, ['no disk'])
  assert.deepEqual(rig.heard, ['assigned 0,1', 'lost 0', 'revoked 1'])
})

test('what the program cannot let go for now it is asked for again; else not', async () => {
  const rig = new Rig()
  await rig.teller.assigned([zero!, one!])
  rig.error = new TimeoutError('cannot store')
  await assert.rejects(rig.teller.revoked([zero!]), rig.error)
  rig.error = new Error('no disk')
  await assert.rejects(rig.teller.revoked([zero!, one!]), rig.error)
  rig.error = undefined
  await rig.teller.revoked([zero!, one!])
  assert.deepEqual(rig.heard, ['assigned 0,1', 'revoked 0', 'revoked 0,1'])
})
