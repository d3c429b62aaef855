/** What `/health` says of a server whose disk is full. */

import assert from 'node:assert/strict'
import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLogger } from '../../src/runtime/runtime.ts'
import { KafkaServer } from '../../src/server/server.ts'
import { mountSmallDisk, noSmallDisk } from '../support/small-disk.ts'

async function healthOf(server: KafkaServer): Promise<[number, string]> {
  const answer = await fetch(`${server.url}/health`)
  return [answer.status, ((await answer.json()) as { status: string }).status]
}

test(
  'a server whose disk is full is degraded, until it is not',
  { skip: noSmallDisk('tmpfs') },
  async () => {
    const disk = mountSmallDisk('tmpfs', 8 << 20)
    try {
      const dataFolder = join(disk.folder, 'data')
      const server = await KafkaServer.start({ port: 0, dataFolder, logger: silentLogger })
      assert.deepEqual(await healthOf(server), [200, 'ok'])
      const file = openSync(join(disk.folder, 'ballast'), 'w')
      assert.throws(() => {
        for (;;) writeSync(file, new Uint8Array(4096))
      }, /ENOSPC/)
      closeSync(file)
      assert.deepEqual(await healthOf(server), [200, 'degraded'])
      disk.free()
      assert.deepEqual(await healthOf(server), [200, 'ok'])
      await server.close()
    } finally {
      disk.unmount()
    }
  },
)
