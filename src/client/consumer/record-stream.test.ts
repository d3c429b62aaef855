import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firstValueFrom, from, map, take, toArray } from 'rxjs'
import { RecordStream } from './record-stream.ts'
import type { StreamIterator } from './stream-iterator.ts'

/** The numbers from 0 on, noting what is asked of it. */
class Numbers extends RecordStream<number> {
  readonly events: string[] = []
  #next = 0
  #isClosed = false

  get lastEvent(): string | undefined {
    return this.events.at(-1)
  }

  [Symbol.asyncIterator](): StreamIterator<number> {
    return {
      next: async () => {
        this.events.push('next')
        return this.#isClosed
          ? { done: true, value: undefined }
          : { done: false, value: this.#next++ }
      },
      return: async (leaving) => {
        this.events.push(leaving === 'processed' ? 'left after' : 'left')
        this.#isClosed = true
        return { done: true, value: undefined }
      },
    }
  }
}

test('take() closes once the last item was dealt with, and asks for no more', async () => {
  const numbers = new Numbers()
  const seen: number[] = []
  for await (const number of numbers.take(2)) {
    seen.push(number)
    numbers.events.push(`saw ${number}`)
  }
  assert.deepEqual(seen, [0, 1])
  assert.deepEqual(numbers.events, ['next', 'saw 0', 'next', 'saw 1', 'left after'])
})

test('take(0) closes at once', async () => {
  const numbers = new Numbers()
  assert.deepEqual(await numbers.take(0).toArray(), [])
  assert.deepEqual(numbers.events, ['left after'])
})

test('leaving a loop over a chain closes its source, in the middle of an item', async () => {
  const numbers = new Numbers()
  for await (const number of numbers.map((number) => number * 2).filter((number) => number > 0)) {
    assert.equal(number, 2)
    break
  }
  assert.deepEqual(numbers.events, ['next', 'next', 'left'])
})

test('map(), filter() and flatMap() wait for functions that take their time', async () => {
  const chain = new Numbers()
    .filter(async (number) => number % 2 === 1)
    .map(async (number) => `${number}`)
    .flatMap(async (text) => [text, text + text])
    .take(4)
  assert.deepEqual(await chain.toArray(), ['1', '11', '3', '33'])
})

test('filter() narrows the type of what it passes on', async () => {
  const mixed = new Numbers().map((number) => (number % 2 === 0 ? number : String(number)))
  const texts: string[] = await mixed
    .filter((item) => typeof item === 'string')
    .take(1)
    .toArray()
  assert.deepEqual(texts, ['1'])
})

test('flatMap() passes over what becomes nothing', async () => {
  const chain = new Numbers().flatMap((number) => (number < 3 ? [] : [number])).take(1)
  assert.deepEqual(await chain.toArray(), [3])
})

test('an error in a chain closes the source and is thrown', async () => {
  const numbers = new Numbers()
  const chain = numbers.map((number) => {
    if (number === 1) throw new Error('one')
    return number
  })
  await assert.rejects(chain.toArray(), { message: 'one' })
  assert.deepEqual(numbers.events, ['next', 'next', 'left'])
})

test('forEach() closes the source when its function throws', async () => {
  const numbers = new Numbers()
  const failing = numbers.forEach((number) => {
    throw new Error(`number ${number}`)
  })
  await assert.rejects(failing, { message: 'number 0' })
  assert.deepEqual(numbers.events, ['next', 'left'])
})

test('forEach() finishes the item in hand when its signal is aborted', async () => {
  const numbers = new Numbers()
  const controller = new AbortController()
  const seen: number[] = []
  await numbers.forEach(
    async (number) => {
      if (number === 2) controller.abort()
      await Promise.resolve()
      seen.push(number)
    },
    { signal: controller.signal },
  )
  assert.deepEqual(seen, [0, 1, 2])
  assert.equal(numbers.lastEvent, 'left after')
})

test('first() gives one item and closes', async () => {
  const numbers = new Numbers()
  assert.equal(await numbers.first(), 0)
  assert.deepEqual(numbers.events, ['next', 'left'])
  assert.equal(await numbers.first(), undefined)
})

test('subscribe() pushes items until it is ended, which closes the consumer', async () => {
  const numbers = new Numbers()
  const { promise, resolve } = Promise.withResolvers<void>()
  const seen: number[] = []
  const subscription = numbers.subscribe((number) => {
    seen.push(number)
    if (number === 2) {
      subscription.unsubscribe()
      resolve()
    }
  })
  assert.equal(subscription.closed, false)
  await promise
  await Promise.resolve()
  assert.deepEqual(seen, [0, 1, 2])
  assert.deepEqual(numbers.events, ['next', 'next', 'next', 'left'])
  assert.equal(subscription.closed, true)
})

test('subscribe() waits for what next() returns, and tells of the end', async () => {
  const seen: string[] = []
  await new Promise<void>((resolve) => {
    new Numbers().take(2).subscribe({
      async next(number) {
        seen.push(`begin ${number}`)
        await Promise.resolve()
        seen.push(`end ${number}`)
      },
      complete: resolve,
    })
  })
  assert.deepEqual(seen, ['begin 0', 'end 0', 'begin 1', 'end 1'])
})

test('subscribe() tells of an error once, and closes the consumer', async () => {
  const numbers = new Numbers()
  const error = await new Promise((resolve) => {
    numbers
      .map(() => {
        throw new Error('cannot map')
      })
      .subscribe({ error: resolve })
  })
  assert.match(String(error), /cannot map/)
  assert.equal(numbers.lastEvent, 'left')
})

test('RxJS takes a stream for an observable', async () => {
  const numbers = new Numbers()
  const doubled = from(numbers).pipe(
    map((number) => number * 2),
    take(3),
    toArray(),
  )
  assert.deepEqual(await firstValueFrom(doubled), [0, 2, 4])
  assert.equal(numbers.lastEvent, 'left')
})
