import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createElement, StrictMode } from 'react'
import { renderToString } from 'react-dom/server'
import { MockKafka } from '../testing/mock-kafka.ts'
import { KafkaProvider } from './kafka-provider.ts'
import { useProducer } from './use-producer.ts'
import { keyOfOptions } from './use-keyed.ts'
import { useTopic, type UseTopicOptions } from './use-topic.ts'

function Page({ options }: { options?: UseTopicOptions<string> }) {
  const { records, status } = useTopic<string>('greetings', options)
  const { isSending } = useProducer<string>('greetings')
  return createElement('p', {}, `${status}, ${records.length} records, sending: ${isSending}`)
}

test('useTopic and useProducer render on a server, where they do nothing', async () => {
  await using kafka = new MockKafka()
  const page = (options?: UseTopicOptions<string>) =>
    renderToString(
      createElement(
        StrictMode,
        {},
        createElement(
          KafkaProvider,
          { kafka: () => kafka },
          createElement(Page, options ? { options } : {}),
        ),
      ),
    )
  assert.equal(page(), '<p>connecting, 0 records, sending: false</p>')
  assert.equal(page({ enabled: false }), '<p>idle, 0 records, sending: false</p>')
  assert.throws(() => page({ limit: 0 }), { option: 'limit' })
})

test('useTopic says that it needs a provider', () => {
  assert.throws(() => renderToString(createElement(Page)), /no <KafkaProvider>/)
})

test('keyOfOptions() differs with the options, not with their order, nor with functions', () => {
  const key = keyOfOptions('orders', { group: 'a', offset: new Date(5), onRecord: () => 1 })
  assert.equal(key, keyOfOptions('orders', { offset: new Date(5), group: 'a', value: 'json' }))
  assert.notEqual(key, keyOfOptions('orders', { offset: new Date(6), group: 'a' }))
  assert.notEqual(key, keyOfOptions(['orders', 'b'], { offset: new Date(5), group: 'a' }))
  assert.notEqual(keyOfOptions(/^a/, {}), keyOfOptions(/^b/, {}))
  assert.equal(keyOfOptions(/^a/, {}), keyOfOptions(/^a/, {}))
})
