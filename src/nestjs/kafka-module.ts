/** `KafkaModule`: a client for a Nest application, its producers, and what handles records. */

import { Module } from '@nestjs/common'
import type { DynamicModule, OnApplicationShutdown, Provider } from '@nestjs/common'
import { DiscoveryModule, DiscoveryService, ExternalContextCreator } from '@nestjs/core'
import { MetadataScanner, ModuleRef } from '@nestjs/core'
import type { Kafka as BaseKafka } from '../client/kafka.ts'
import { InvalidOptionError } from '../client/failure/errors.ts'
import type { KafkaOptions } from '../client/settings/kafka-options.ts'
import type { ProducerConfig } from '../client/producer/producer-options.ts'
import { Kafka } from '../index-node.ts'
import { KafkaEvents } from './kafka-events.ts'
import { KafkaSubscriptions } from './kafka-subscriptions.ts'
import { nestLogger } from './nest-logger.ts'
import { getKafkaToken, getProducerToken, getSubscriptionsToken } from './tokens.ts'

/** The options of the client that is injected. */
export interface KafkaModuleOptions extends KafkaOptions {
  /**
   * A client that is there already, which whoever made it closes: a `MockKafka`, in tests. It has
   * its own options, so that there are to be no others.
   */
  readonly kafka?: BaseKafka
}

/** What is said where the module is imported, not by a factory. */
export interface KafkaModuleExtras {
  /** Names the client, where there are several. @default none: it is injected as `Kafka` */
  readonly name?: string
  /** Whether all modules can inject it without importing this one. @default true */
  readonly isGlobal?: boolean
}

/** Options that come from other providers, such as a configuration. */
export interface KafkaModuleAsyncOptions extends KafkaModuleExtras, Pick<DynamicModule, 'imports'> {
  /** What `useFactory` is called with. */
  readonly inject?: FactoryProvider['inject']
  /** Returns the options, from what `inject` names. */
  readonly useFactory: (...injected: never[]) => KafkaModuleOptions | Promise<KafkaModuleOptions>
}

type FactoryProvider = Extract<Provider, { useFactory: unknown }>

/** What the subscriptions of a client are given, in the order of `inject`. */
type Injected = [
  client: BaseKafka,
  discovery: DiscoveryService,
  scanner: MetadataScanner,
  contexts: ExternalContextCreator,
  moduleRef: ModuleRef,
]

/** A topic with the options of its producer. */
export interface TopicProducer extends ProducerConfig {
  /** The topic that it sends to. */
  readonly topic: string
}

/** A client, and whether it is the module's to close. */
class ClientHost implements OnApplicationShutdown {
  readonly kafka: BaseKafka
  readonly #isOwned: boolean

  constructor({ kafka, ...options }: KafkaModuleOptions) {
    for (const [option, value] of Object.entries(options)) {
      if (!kafka || value === undefined) continue
      const expected = "left out with 'kafka', which has its own"
      throw new InvalidOptionError({ option, expected })
    }
    this.kafka = kafka ?? new Kafka({ logger: nestLogger(), ...options })
    this.#isOwned = kafka === undefined
  }

  /** Last of all: what other parts still send when they are taken down gets through. */
  async onApplicationShutdown(): Promise<void> {
    if (this.#isOwned) await this.kafka.close()
  }
}

/** The module to import: `forRoot` once, and `forFeature` where there are producers to inject. */
// oxlint-disable-next-line typescript/no-extraneous-class -- a module of Nest is a class
export class KafkaModule {
  /** Makes a client. Nothing connects before the first operation. */
  static forRoot(options: KafkaModuleOptions & KafkaModuleExtras = {}): DynamicModule {
    const { name, isGlobal, ...rest } = options
    const extras = { ...(name === undefined ? {} : { name }), isGlobal: isGlobal ?? true }
    return rootModule(extras, { useFactory: () => rest })
  }

  /** As `forRoot`, with options that come from other providers. */
  static forRootAsync(options: KafkaModuleAsyncOptions): DynamicModule {
    const { inject = [], useFactory, imports = [] } = options
    return rootModule(options, { inject, useFactory }, imports)
  }

  /** Makes producers, for `@InjectProducer(topic)`. */
  static forFeature(topics: readonly (string | TopicProducer)[], client?: string): DynamicModule {
    const providers = topics.map((named) => {
      const { topic, ...config } = typeof named === 'string' ? { topic: named } : named
      return {
        provide: getProducerToken(topic, client),
        inject: [getKafkaToken(client)],
        useFactory: (kafka: BaseKafka) => kafka.producer(topic, config),
      }
    })
    return { module: KafkaModule, providers, exports: providers.map(({ provide }) => provide) }
  }
}
Module({})(KafkaModule)

function rootModule(
  { name, isGlobal = true }: KafkaModuleExtras,
  options: Pick<KafkaModuleAsyncOptions, 'inject' | 'useFactory'>,
  imports: NonNullable<DynamicModule['imports']> = [],
): DynamicModule {
  const kafka = getKafkaToken(name)
  const named = (token: string): string => (name === undefined ? token : `${token}(${name})`)
  const host = named('KafkaClientHost')
  const subscriptions = getSubscriptionsToken(name)
  const events = name === undefined ? KafkaEvents : named('KafkaEvents')
  const providers: Provider[] = [
    {
      provide: host,
      inject: options.inject ?? [],
      useFactory: async (...injected: never[]) =>
        new ClientHost(await options.useFactory(...injected)),
    },
    { provide: kafka, inject: [host], useFactory: (client: ClientHost) => client.kafka },
    {
      provide: events,
      inject: [kafka],
      useFactory: (client: BaseKafka) => new KafkaEvents(client),
    },
    {
      provide: subscriptions,
      inject: [kafka, DiscoveryService, MetadataScanner, ExternalContextCreator, ModuleRef],
      useFactory: (...injected: Injected) => {
        const [client, discovery, scanner, contexts, moduleRef] = injected
        return new KafkaSubscriptions({
          discovery,
          scanner,
          contexts,
          moduleRef,
          kafka: client,
          client: name,
          hasClient: (name) => isProvided(moduleRef, getSubscriptionsToken(name)),
          logger: nestLogger(),
        })
      },
    },
  ]
  return {
    module: KafkaModule,
    global: isGlobal,
    imports: [DiscoveryModule, ...imports],
    providers,
    exports: [kafka, events, subscriptions],
  }
}

function isProvided(moduleRef: ModuleRef, token: ReturnType<typeof getSubscriptionsToken>) {
  try {
    return moduleRef.get(token, { strict: false }) !== undefined
  } catch {
    // Nest has no other way to tell that there is none.
    return false
  }
}
