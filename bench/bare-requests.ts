/** The requests of the bare loop, see `bare-server.ts`. */

export const bareOperations = { append: 1, read: 2, clear: 3 } as const

/** Returns the frame that appends `batch`. */
export function bareAppend(batch: Uint8Array): Buffer {
  const frame = Buffer.alloc(5 + batch.length)
  frame.writeInt32BE(1 + batch.length)
  frame[4] = bareOperations.append
  frame.set(batch, 5)
  return frame
}

/** Returns the frame that reads `length` bytes from `position` on. */
export function bareRead(position: number, length: number): Buffer {
  const frame = Buffer.alloc(17)
  frame.writeInt32BE(13)
  frame[4] = bareOperations.read
  frame.writeInt32BE(Math.floor(position / 2 ** 32), 5)
  frame.writeUInt32BE(position % 2 ** 32, 9)
  frame.writeInt32BE(length, 13)
  return frame
}

/** The frame that empties the file. */
export const bareClear = Buffer.from([0, 0, 0, 1, bareOperations.clear])
