import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { storageContract } from '../../test/support/storage-contract.ts'
import { FolderLockedError, lockHolder } from './node-folder-lock.ts'
import { NodeStorage } from './node-storage.ts'

const folders: string[] = []
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })))

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kafka-do-storage-'))
  folders.push(folder)
  return folder
}

storageContract('NodeStorage', () => new NodeStorage(temporaryFolder()))

test('NodeStorage creates its folder, with those above it', () => {
  const storage = new NodeStorage(join(temporaryFolder(), 'a', 'b'))
  storage.open('0.log').close()
  assert.equal(storage.exists('0.log'), true)
  storage.close()
})

test('NodeStorage refuses a folder that is in use, and names folder and process', () => {
  const folder = temporaryFolder()
  const storage = new NodeStorage(folder)
  assert.throws(
    () => new NodeStorage(folder),
    (error) => error instanceof FolderLockedError && error.message.includes(folder),
  )
  storage.close()
  new NodeStorage(folder).close()
})

test('NodeStorage refuses a folder that another living process has locked', () => {
  const folder = temporaryFolder()
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, '.lock'), `${process.ppid}\n\n`)
  assert.throws(
    () => new NodeStorage(folder),
    (error) => error instanceof FolderLockedError && error.pid === process.ppid,
  )
  assert.equal(readFileSync(join(folder, '.lock'), 'utf8'), `${process.ppid}\n\n`)
})

test('NodeStorage refuses a folder that Apache Kafka has open', async (t) => {
  if (!existsSync('/proc/locks')) return t.skip('only Linux tells of the locks of the system')
  const folder = temporaryFolder()
  const path = join(folder, '.lock')
  const holder = spawn('sh', ['-c', 'exec flock "$0" sh -c "echo held; cat"', path])
  t.after(() => holder.stdin.end())
  const ended = once(holder, 'exit')
  await once(holder.stdout, 'data')
  assert.throws(() => new NodeStorage(folder), FolderLockedError)
  assert.ok(existsSync(path))
  holder.stdin.end()
  await ended
  new NodeStorage(folder).close()
})

test('lockHolder() tells a lock on a file from those on others, also of other disks', () => {
  const locks =
    '1: FLOCK  ADVISORY  WRITE 11 fd:01:77 0 EOF\n' +
    '2: POSIX  ADVISORY  READ 12 08:10:777 0 EOF\n' +
    '3: POSIX  ADVISORY  WRITE 13 08:10:777 0 EOF\n' +
    '4: POSIX  ADVISORY  WRITE 14 00:2f:777 0 EOF\n'
  const at = (inode: number, device?: [number, number]): number | undefined =>
    lockHolder(locks, { inode, device })
  assert.equal(at(77, [0xfd, 1]), 11)
  assert.equal(at(777, [8, 16]), 13)
  assert.equal(at(777, [0, 47]), 14)
  assert.equal(at(777, [8, 1]), undefined)
  // Where the device is not known, rather one lock too many.
  assert.equal(at(777), 13)
  assert.equal(at(7), undefined)
})

test('NodeStorage takes over the lock of a process that is gone', () => {
  const gone = spawnSync(process.execPath, ['-e', '']).pid
  for (const stale of [`${gone}\n\n`, `${process.pid}\nanother boot 1\n`, '', 'garbage']) {
    const folder = temporaryFolder()
    writeFileSync(join(folder, '.lock'), stale)
    const storage = new NodeStorage(folder)
    assert.match(readFileSync(join(folder, '.lock'), 'utf8'), new RegExp(`^${process.pid}\n`))
    storage.close()
    assert.equal(storage.exists('.lock'), false)
  }
})

test('NodeStorage takes over the lock of a process that is dead, but not reaped', async (t) => {
  if (!existsSync('/proc/self/stat')) return t.skip('only Linux tells of zombies')
  const folder = temporaryFolder()
  // Whoever `exec` makes of the parent knows nothing of the child, as a container's first process.
  const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'])
  after(() => parent.kill())
  const [line] = (await once(parent.stdout, 'data')) as [Buffer]
  const child = Number(line)
  writeFileSync(join(folder, '.lock'), `${child}\n\n`)
  assert.throws(() => new NodeStorage(folder), FolderLockedError)
  process.kill(child, 'SIGKILL')
  while (!/\) Z /.test(readFileSync(`/proc/${child}/stat`, 'utf8'))) await setImmediate()
  new NodeStorage(folder).close()
})

test('NodeStorage takes over a lock whose process id belongs to a later process by now', (t) => {
  if (process.platform !== 'linux') return t.skip('only Linux tells when a process was started')
  const folder = temporaryFolder()
  writeFileSync(join(folder, '.lock'), `${process.ppid}\nanother boot 1\n`)
  new NodeStorage(folder).close()
})

test('NodeStorage goes on with more files than it keeps descriptors for', async () => {
  const storage = new NodeStorage(temporaryFolder())
  const files = Array.from({ length: 2_100 }, (_, index) => storage.open(`x-${index % 9}/${index}`))
  files.forEach((file, index) => file.append(Uint8Array.of(index & 0xff)))
  await Promise.all(files.map((file) => file.sync()))
  for (let round = 0; round < 2; round++) {
    files.forEach((file, index) => {
      const target = new Uint8Array(1)
      assert.equal(file.read(0, target), 1)
      assert.equal(target[0], index & 0xff)
    })
  }
  for (const file of files) file.close()
  storage.close()
})

test('StorageFile.append() takes back what it wrote before the disk was full', (t) => {
  // A file size limit makes a write short and then fail, as a full disk does.
  const folder = temporaryFolder()
  const script = `
    import { NodeStorage } from ${JSON.stringify(import.meta.resolve('./node-storage.ts'))}
    const storage = new NodeStorage(process.argv[1])
    process.on('SIGXFSZ', () => {})
    const file = storage.open('0.log')
    file.append(new Uint8Array(1000))
    try {
      file.append(new Uint8Array(9000))
      console.log('no error')
    } catch (error) {
      console.log(error.code, file.sizeBytes)
    }
    console.log(file.append(new Uint8Array(20)))
    storage.close()`
  const command = `ulimit -f 4; exec "$0" --input-type=module -e "$1" "$2"`
  const result = spawnSync('bash', ['-c', command, process.execPath, script, folder], {
    encoding: 'utf8',
  })
  if (result.error) return t.skip('there is no bash to limit the size of files')
  assert.equal(result.stdout, 'EFBIG 1000\n1000\n', result.stderr)
  assert.equal(readFileSync(join(folder, '0.log')).length, 1020)
})

test('NodeStorage goes on where the system allows few open files', (t) => {
  const folder = temporaryFolder()
  const script = `
    import { NodeStorage } from ${JSON.stringify(import.meta.resolve('./node-storage.ts'))}
    const storage = new NodeStorage(process.argv[1])
    const files = Array.from({ length: 300 }, (_, index) => storage.open(index + '.log'))
    for (const file of files) {
      file.append(Uint8Array.of(7))
      await file.sync()
    }
    console.log(files.every((file) => file.read(0, new Uint8Array(2)) === 1))
    storage.close()`
  // Node raises the soft limit to the hard one, so both are set.
  const command = `ulimit -n 128; exec "$0" --input-type=module -e "$1" "$2"`
  const result = spawnSync('bash', ['-c', command, process.execPath, script, folder], {
    encoding: 'utf8',
  })
  if (result.error) return t.skip('there is no bash to limit the number of files')
  assert.equal(result.stdout, 'true\n', result.stderr)
})
