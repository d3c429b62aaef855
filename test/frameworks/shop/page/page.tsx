/** A page that orders, and shows the invoices as they come. */

import { StrictMode, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { Kafka } from 'kafka.do'
import { KafkaProvider, useProducer, useTopic } from 'kafka.do/react'

interface Order {
  id: string
  customer: string
  quantity: number
}

interface Invoice {
  orderId: string
  amount: number
}

declare global {
  interface Window {
    kafkaUrl: string
    /** How often the list of invoices was rendered. */
    renderCount: number
  }
}
window.renderCount = 0

function OrderButton({ topic, children }: { topic: string; children: string }) {
  const [count, setCount] = useState(1)
  const { send, isSending, error, lastSent } = useProducer<Order>(topic)
  const order = () => {
    void send({ id: `${topic}-${count}`, customer: 'ann', quantity: count }, { key: 'ann' })
    setCount(count + 1)
  }
  return (
    <p>
      <button onClick={order}>{children}</button>
      {isSending && <i>sending</i>}
      {error && <em>{error.message}</em>}
      {lastSent && <b>sent at {lastSent.offset}</b>}
    </p>
  )
}

function Invoices({ group }: { group?: string }) {
  window.renderCount++
  const options = group ? { group, limit: 50, autoCommitInterval: '1h' as const } : {}
  const invoices = useTopic<Invoice>('invoices', options)
  const { records, receivedCount, status, error, isPaused, pause, resume, clear } = invoices
  return (
    <section id={group ?? 'everybody'}>
      <output>{status}</output> <data>{receivedCount}</data> {error && <em>{error.message}</em>}
      <button onClick={isPaused ? resume : pause}>{isPaused ? 'resume' : 'pause'}</button>
      <button onClick={clear}>clear</button>
      <ul>
        {records.map(({ partition, offset, value }) => (
          <li key={`${partition}-${offset}`}>
            {value.orderId} costs {value.amount}
          </li>
        ))}
      </ul>
    </section>
  )
}

/** The newest record of a topic that somebody chooses. */
function Newest() {
  const [topic, setTopic] = useState('')
  const options = { enabled: topic !== '', limit: 1 }
  const { latest, status, receivedCount, error, retry } = useTopic<{ id: string }>(topic, options)
  return (
    <section id="newest">
      <select value={topic} onChange={({ target }) => setTopic(target.value)}>
        {['', 'orders', 'orders-dlq', 'no such topic'].map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <output>{status}</output> <data>{receivedCount}</data>
      {error && <button onClick={retry}>retry</button>}
      <ul>{latest && <li>{`${latest.topic} ${latest.value.id}`}</li>}</ul>
    </section>
  )
}

function Page() {
  const [isShown, setShown] = useState(true)
  return (
    <>
      <OrderButton topic="orders">order</OrderButton>
      <OrderButton topic="no such topic">misorder</OrderButton>
      <button onClick={() => setShown(!isShown)}>{isShown ? 'hide' : 'show'}</button>
      <Newest />
      <Invoices />
      {isShown && <Invoices group="screen" />}
    </>
  )
}

function App() {
  const [isOpen, setOpen] = useState(true)
  return (
    <StrictMode>
      <button onClick={() => setOpen(!isOpen)}>{isOpen ? 'leave' : 'enter'}</button>
      {isOpen && (
        <KafkaProvider kafka={() => new Kafka({ url: window.kafkaUrl })}>
          <Page />
        </KafkaProvider>
      )}
    </StrictMode>
  )
}

createRoot(document.getElementById('root')!).render(<App />)
