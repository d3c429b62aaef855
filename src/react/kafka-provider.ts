/** `KafkaProvider` and `useKafka`: the client that the components of a page share. */

import { createContext, createElement, useContext, useState, useSyncExternalStore } from 'react'
import type { ReactElement, ReactNode } from 'react'
import type { Kafka } from '../client/kafka.ts'

/** What `KafkaProvider` takes. */
export interface KafkaProviderProps {
  /**
   * The client, which whoever made it closes; or what makes one, which is closed with the provider.
   * Of several functions over time only the first one is called.
   */
  readonly kafka: Kafka | (() => Kafka)
  /** The components that share the client. */
  readonly children?: ReactNode
}

const KafkaContext = createContext<Kafka | undefined>(undefined)

/** Gives `kafka` to all components below it. */
export function KafkaProvider({ kafka, children }: KafkaProviderProps): ReactElement {
  const [owned] = useState(() => new OwnedClient(kafka))
  const made = useSyncExternalStore(owned.subscribe, owned.current, owned.current)
  const value = typeof kafka === 'function' ? made : kafka
  return createElement(KafkaContext.Provider, { value }, children)
}

/** Returns the client of the nearest `KafkaProvider`. @throws Error where there is none */
export function useKafka(): Kafka {
  const kafka = useContext(KafkaContext)
  if (!kafka) throw new Error('there is no <KafkaProvider> around this component')
  return kafka
}

/** Makes a client when one is asked for, and closes it when the provider has left the page. */
class OwnedClient {
  readonly #make: (() => Kafka) | undefined
  #client: Kafka | undefined
  #isClosed = false
  #listenerCount = 0

  constructor(kafka: Kafka | (() => Kafka)) {
    this.#make = typeof kafka === 'function' ? kafka : undefined
  }

  /** A client that is never used is never connected, so it needs no closing. */
  readonly current = (): Kafka | undefined => (this.#client ??= this.#make?.())

  readonly subscribe = (): (() => void) => {
    this.#listenerCount++
    // A page that was hidden and is shown again needs a new one. React looks at `current` next.
    if (this.#isClosed) this.#client = undefined
    this.#isClosed = false
    globalThis.addEventListener?.('pagehide', this.#onPageHide)
    return () => {
      globalThis.removeEventListener?.('pagehide', this.#onPageHide)
      this.#listenerCount--
      // In development React takes everything away once and brings it back at once.
      queueMicrotask(() => {
        if (this.#listenerCount === 0) this.#close()
      })
    }
  }

  /**
   * Leaves groups while there is time: else a page that is loaded again would wait for partitions
   * until its former self has missed its heartbeats.
   */
  readonly #onPageHide = ({ persisted }: PageTransitionEvent): void => {
    if (!persisted) this.#close({ timeout: 0 })
  }

  #close(options?: { readonly timeout: number }): void {
    if (!this.#isClosed) void this.#client?.close(options)
    this.#isClosed = true
  }
}
