import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByteReader } from '../bytes/reader.ts'
import { ByteWriter } from '../bytes/writer.ts'
import { encodingOf } from '../protocol/api.ts'
import { errorCodes } from '../protocol/error-codes.ts'
import { offsetFetch, type OffsetFetchRequest } from '../protocol/offset-fetch.ts'
import { errorAnswers } from './error-answers.ts'

const errorCode = errorCodes.GROUP_AUTHORIZATION_FAILED

/** What a client of `version` reads, who has asked for partitions 0 and 1 of `orders`. */
function answerAt(version: number) {
  const encoding = encodingOf(offsetFetch, version)
  const request = {
    topics: [{ name: 'orders', partitionIndexes: [0, 1] }],
    groups: [{ groupId: 'g', topics: null }],
  }
  const answer = errorAnswers.OffsetFetch.of(
    request as unknown as OffsetFetchRequest as never,
    errorCode,
  )
  const writer = new ByteWriter()
  offsetFetch.response.write(writer, answer as never, encoding)
  return offsetFetch.response.read(new ByteReader(writer.finish()), encoding)
}

test('the OffsetFetch that is refused says so in each version, where its clients look', () => {
  for (let version = 1; version <= 10; version++) {
    const answer = answerAt(version)
    const partitions = answer.topics.flatMap(({ partitions }) => partitions)
    const facts = partitions.map((at) => [at.partitionIndex, at.committedOffset, at.errorCode])
    const isOneGroup = version < 8
    const expected = isOneGroup ? [0, 1].map((index) => [index, -1, errorCode]) : []
    assert.deepEqual(facts, expected, `version ${version}`)
    assert.equal(answer.errorCode, isOneGroup && version > 1 ? errorCode : 0, `version ${version}`)
    const groups = answer.groups.map((group) => [group.groupId, group.errorCode])
    assert.deepEqual(groups, isOneGroup ? [] : [['g', errorCode]], `version ${version}`)
  }
})
