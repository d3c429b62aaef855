/** Finds the methods with `@KafkaSubscribe`, and runs them while the application is up. */

import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common'
import { ContextIdFactory, ExternalContextCreator } from '@nestjs/core'
import type { DiscoveryService, MetadataScanner, ModuleRef } from '@nestjs/core'
import { InvalidOptionError } from '../client/failure/errors.ts'
import type { Kafka } from '../client/kafka.ts'
import type { HandlerContext } from '../client/consumer/process-options.ts'
import type { KafkaRecord } from '../client/record/kafka-record.ts'
import type { Logger } from '../runtime/runtime.ts'
import { systemClock, systemRandom } from '../runtime/system-runtime.ts'
import { plansOf, type SubscriptionPlan } from './kafka-subscribe.ts'
import { Subscription, type SubscriptionState } from './subscription.ts'

/** What Nest knows of a provider or controller. */
type Wrapper = ReturnType<DiscoveryService['getProviders']>[number]

/** What of Nest is needed to find methods, and to call them as Nest calls them. */
export interface NestParts {
  readonly discovery: DiscoveryService
  readonly scanner: MetadataScanner
  readonly contexts: ExternalContextCreator
  readonly moduleRef: ModuleRef
}

export interface SubscriptionsParts extends NestParts {
  readonly kafka: Kafka
  /** The name of the client, where there are several. */
  readonly client: string | undefined
  /** Whether the application has a client of that name, or one without. */
  readonly hasClient: (name: string | undefined) => boolean
  readonly logger: Logger
}

type Handler = (record: KafkaRecord, context: HandlerContext) => Promise<unknown>

/** The running subscriptions of one client. Inject it to see how they are doing. */
export class KafkaSubscriptions implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #parts: SubscriptionsParts
  #subscriptions: readonly Subscription[] = []

  /** @internal */
  constructor(parts: SubscriptionsParts) {
    this.#parts = parts
  }

  /** How each of them is doing: what a health check looks at. */
  get states(): readonly SubscriptionState[] {
    return this.#subscriptions.map(({ state }) => state)
  }

  /** @internal */
  onApplicationBootstrap(): void {
    const { discovery } = this.#parts
    const wrappers = new Set([...discovery.getProviders(), ...discovery.getControllers()])
    this.#subscriptions = [...wrappers].flatMap((wrapper) => this.#subscriptionsOf(wrapper))
    for (const subscription of this.#subscriptions) subscription.start()
  }

  /** Before anything that handlers may need is taken down. */
  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.#subscriptions.map((subscription) => subscription.stop()))
  }

  #subscriptionsOf(wrapper: Wrapper): Subscription[] {
    const prototype = prototypeOf(wrapper)
    if (!prototype) return []
    return this.#parts.scanner.getAllMethodNames(prototype).flatMap((method) =>
      plansOf(prototype[method])
        .filter(({ options }) => this.#isOurs(options.client))
        .map((plan) => this.#subscriptionOf(wrapper, method, plan)),
    )
  }

  /** @throws InvalidOptionError where nobody has it: the handler would never be called */
  #isOurs(client: string | undefined): boolean {
    if (client === this.#parts.client) return true
    if (this.#parts.hasClient(client)) return false
    const expected = 'the name of a client of this application'
    throw new InvalidOptionError({ option: 'client', expected, actual: client })
  }

  #subscriptionOf(wrapper: Wrapper, method: string, plan: SubscriptionPlan): Subscription {
    const { kafka, logger } = this.#parts
    const { group, client: _, ...config } = plan.options
    const isOneForAll = wrapper.isDependencyTreeStatic() && !wrapper.isTransient
    const handler = isOneForAll
      ? this.#handlerOf(wrapper.instance as object, method)
      : this.#handlerPerRecord(wrapper, method)
    return new Subscription({
      name: `${wrapper.name}.${method}`,
      kafka,
      topics: plan.topics,
      config: { ...config, ...(group === false ? {} : { group }) },
      handler,
      logger,
      clock: systemClock,
      random: systemRandom,
    })
  }

  /** Returns the method with its guards, interceptors and filters around it. */
  #handlerOf(instance: object, method: string, contextId?: { readonly id: number }): Handler {
    const callback = (instance as Record<string, Handler>)[method]!
    return this.#parts.contexts.create(
      instance,
      callback as (...args: unknown[]) => unknown,
      method,
      undefined,
      undefined,
      contextId,
      undefined,
      undefined,
      'kafka',
    )
  }

  /** One that is not for all is made anew for each record, which is the request then. */
  #handlerPerRecord(wrapper: Wrapper, method: string): Handler {
    const { moduleRef } = this.#parts
    return async (record, context) => {
      // By which a program shares durable providers, such as one for each tenant.
      const contextId = ContextIdFactory.getByRequest(record)
      const isDurable = wrapper.isDependencyTreeDurable()
      moduleRef.registerRequestByContextId(isDurable ? contextId.payload : record, contextId)
      const instance: object = await moduleRef.resolve(wrapper.token as string, contextId, {
        strict: false,
      })
      return this.#handlerOf(instance, method, contextId)(record, context)
    }
  }
}

/** Returns the prototype of what Nest makes, or has made; `undefined` where it is no object. */
function prototypeOf(wrapper: Wrapper): Record<string, unknown> | undefined {
  const { metatype, inject } = wrapper
  // A class; where there is `inject`, it is a function that makes something.
  if (typeof metatype === 'function' && !inject) {
    return metatype.prototype as Record<string, unknown> | undefined
  }
  const instance: unknown = wrapper.instance
  if (typeof instance !== 'object' || instance === null) return undefined
  return Object.getPrototypeOf(instance) as Record<string, unknown> | undefined
}
