/**
 * The bare loop: what a broker in Node cannot be faster than. It takes batches from a socket, checks
 * their CRC, stamps an offset and writes them to a file; and it sends parts of a file. It knows no
 * topics, no Kafka requests, no index, no producers and no consumers.
 *
 * A request is its length in four bytes, an operation in one, and
 *   append: a record batch; answered with a length and its offset (8 bytes)
 *   read:   a position (8 bytes) and a length (4); answered with a length and so many bytes
 *   clear:  nothing; the file is empty then; answered with a length of 0.
 *
 * `node bench/bare-server.ts <file> <os|ack>` prints its port. With `ack` it answers when the bytes
 * are on the disk, many sharing one sync.
 */

import { crc32c } from '@node-rs/crc32'
import { fdatasync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { createServer, Socket, type AddressInfo } from 'node:net'
import { bareOperations } from './bare-requests.ts'

const [path, flush] = process.argv.slice(2)
const file = openSync(path!, 'w+')
const crcFrom = 21
const pieceBytes = 1024 * 1024 + 64
let sizeBytes = 0
let nextOffset = 0

/** Read memory that has been sent, and is used again. */
const idle: Buffer[] = []

class Connection {
  readonly #socket: Socket
  /** All reads go here; a frame that is not all there yet is moved to the front. */
  readonly #arena = Buffer.allocUnsafeSlow(2 * pieceBytes)
  #filled = 0
  #isCorked = false

  constructor(accepted: Socket) {
    const handle = (accepted as unknown as { _handle: unknown })._handle
    const onread = {
      buffer: () => this.#arena.subarray(this.#filled),
      callback: (count: number) => {
        this.#filled += count
        this.#handleFrames()
        return true
      },
    }
    // What `src/server/port.ts` does as well: Node reads so only from sockets that it dials.
    const options = { handle, onread }
    this.#socket = new Socket(options as unknown as ConstructorParameters<typeof Socket>[0])
    this.#socket.setNoDelay(true)
    this.#socket.on('error', () => this.#socket.destroy())
    this.#socket.on('end', () => this.#socket.destroy())
    this.#socket.resume()
  }

  #handleFrames(): void {
    const arena = this.#arena
    let at = 0
    while (this.#filled - at >= 4) {
      const end = at + 4 + arena.readInt32BE(at)
      if (end > this.#filled) break
      const operation = arena[at + 4]
      if (operation === bareOperations.append) this.#append(at + 5, end)
      else if (operation === bareOperations.clear) this.#clear()
      else this.#read(arena.readInt32BE(at + 5) * 2 ** 32 + arena.readUInt32BE(at + 9), end)
      at = end
    }
    if (at > 0) arena.copyWithin(0, at, this.#filled)
    this.#filled -= at
  }

  #append(start: number, end: number): void {
    const batch = this.#arena.subarray(start, end)
    if (crc32c(batch.subarray(crcFrom)) !== batch.readUInt32BE(17)) throw new Error('bad CRC')
    batch.writeUInt32BE(nextOffset, 4)
    const answer = Buffer.alloc(12)
    answer.writeInt32BE(8)
    answer.writeUInt32BE(nextOffset++, 8)
    writeSync(file, batch, 0, batch.length, sizeBytes)
    sizeBytes += batch.length
    if (flush === 'ack') whenSynced(() => this.#write(answer))
    else this.#write(answer)
  }

  #read(position: number, end: number): void {
    const length = this.#arena.readInt32BE(end - 4)
    const piece = idle.pop() ?? Buffer.allocUnsafeSlow(pieceBytes)
    piece.writeInt32BE(length)
    readSync(file, piece, 4, length, position)
    this.#write(piece.subarray(0, 4 + length), () => idle.push(piece))
  }

  #clear(): void {
    ftruncateSync(file)
    sizeBytes = 0
    nextOffset = 0
    this.#write(new Uint8Array(4))
  }

  /** All that is written in one turn of the event loop leaves in one system call. */
  #write(bytes: Uint8Array, onSent?: () => void): void {
    if (!this.#isCorked) {
      this.#isCorked = true
      this.#socket.cork()
      process.nextTick(() => {
        this.#isCorked = false
        this.#socket.uncork()
      })
    }
    this.#socket.write(bytes, onSent)
  }
}

let waiting: (() => void)[] = []
let isSyncing = false

function whenSynced(answer: () => void): void {
  waiting.push(answer)
  if (!isSyncing) {
    isSyncing = true
    setImmediate(syncOnce)
  }
}

function syncOnce(): void {
  const answers = waiting
  waiting = []
  fdatasync(file, (error) => {
    if (error) throw error
    for (const answer of answers) answer()
    if (waiting.length > 0) syncOnce()
    else isSyncing = false
  })
}

const server = createServer({ pauseOnConnect: true }, (socket) => new Connection(socket))
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})
