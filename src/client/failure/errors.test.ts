import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { isNativeError } from 'node:util/types'
import { keyNeededCode } from '../../connection/frame.ts'
import * as errors from './errors.ts'
import { ClosedError, KafkaError, TimeoutError, doubtful, unanswered } from './errors.ts'

type AnyErrorClass = new (...args: never[]) => KafkaError

/** The classes that this package exports, but for the base. */
const classes = new Map<string, AnyErrorClass>()
for (const [name, value] of Object.entries(errors)) {
  const isClass = typeof value === 'function' && value.prototype instanceof KafkaError
  if (isClass) classes.set(name, value as unknown as AnyErrorClass)
}

/** What the classes are constructed with here, where that is not a message. */
const examples: Readonly<Record<string, readonly unknown[]>> = {
  InvalidOptionError: [{ option: 'retries', expected: 'a number', actual: 'x' }],
  BatchIncompleteError: [[{ error: new Error('no') }]],
  BrokerError: ['TOPIC_ALREADY_EXISTS', 'the topic exists'],
}

const example = (name: string): KafkaError =>
  new (classes.get(name)!)(...((examples[name] ?? ['what happened']) as never[]))

interface Documented {
  readonly name: string
  readonly code: string
  readonly retriable: string
}

function documented(): Documented[] {
  const text = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
  const rows = text.matchAll(/^\| `(\w+Error)` \| (.+?) \| (.+?) \|/gm)
  return [...rows].map(([, name, code, retriable]) => ({
    name: name!,
    code: code!.replaceAll('`', ''),
    retriable: retriable!,
  }))
}

test('docs/errors.md lists the classes that there are, and no others', () => {
  assert.deepEqual(
    documented()
      .map(({ name }) => name)
      .sort(),
    [...classes.keys()].sort(),
  )
})

test('docs/errors.md gives each class its code, and says whether it is retriable', () => {
  for (const { name, code, retriable } of documented()) {
    const error = example(name)
    assert.equal(error.name, name)
    if (name === 'BrokerError') continue
    assert.equal(error.code, code)
    assert.equal(error.retriable ? 'yes' : 'no', retriable, name)
    assert.equal(error.isRetriable, error.retriable)
  }
})

test('KafkaError.is() knows errors of another copy of the package', () => {
  const other = Object.assign(new Error('from elsewhere'), {
    [Symbol.for('kafka.do/error')]: true,
  })
  assert.equal(KafkaError.is(other), true)
  assert.equal(KafkaError.is(new TimeoutError('late')), true)
  assert.equal(KafkaError.is(new Error('plain')), false)
  assert.equal(KafkaError.is(undefined), false)
})

test('an error has its cause, and can be marked as doubtful', () => {
  const cause = new Error('ECONNRESET')
  const error = new TimeoutError('late', { cause })
  assert.equal(error.cause, cause)
  assert.equal(error.maybeApplied, false)
  const marked = doubtful(error)
  assert.equal(marked.maybeApplied, true)
  assert.equal(error.maybeApplied, false, 'others may have it')
  assert.ok(marked instanceof error.constructor && KafkaError.is(marked))
  assert.ok(isNativeError(marked))
  for (const fact of ['name', 'code', 'retriable', 'message', 'cause'] as const) {
    assert.equal(marked[fact], error[fact])
  }
})

test('unanswered() is a refusal only where who asks has to say who they are', () => {
  const told = (cause: Error): unknown[] => {
    const { code, retriable, maybeApplied, message } = unanswered('it broke', cause, true)
    return [code, retriable, maybeApplied, message]
  }
  const policy = new Error('policy', { cause: 1008 })
  assert.deepEqual(told(policy), ['disconnected', true, true, 'it broke: policy'])
  const stranger = new Error('who?', { cause: keyNeededCode })
  assert.deepEqual(told(stranger), ['unauthorized', false, false, 'it broke: who?'])
  assert.deepEqual(told(new ClosedError('by us')), ['closed', false, true, 'by us'])
})
