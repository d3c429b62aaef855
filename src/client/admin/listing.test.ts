import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Listing } from './listing.ts'

test('a Listing is loaded once, when it is wanted, whichever way', async () => {
  let loads = 0
  const listing = new Listing(async () => {
    loads++
    return ['a', 'b']
  })
  assert.equal(loads, 0)
  const seen: string[] = []
  for await (const item of listing) seen.push(item)
  assert.deepEqual(seen, ['a', 'b'])
  assert.deepEqual(await listing, ['a', 'b'])
  assert.equal(loads, 1)
})

test('a Listing fails both ways', async () => {
  const listing = new Listing(() => Promise.reject(new Error('no')))
  await assert.rejects(async () => listing, { message: 'no' })
  await assert.rejects(listing[Symbol.asyncIterator]().next(), { message: 'no' })
})
