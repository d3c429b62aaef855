/** Starts the shop, and says where it is. */

import 'reflect-metadata'
import { Injectable, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ClientsModule } from '@nestjs/microservices'
import { KafkaModule } from 'kafka.do/nestjs'
import { KafkaClientProxy, KafkaTransport } from 'kafka.do/nestjs/microservices'
import { Billing } from './billing.js'
import { Ledger } from './ledger.js'
import { PricingController } from './pricing.controller.js'
import { ShopController } from './shop.controller.js'

@Injectable()
class Settings {
  readonly url = process.env['KAFKA_DO_URL']!
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

@Module({
  imports: [
    KafkaModule.forRootAsync({
      imports: [SettingsModule],
      inject: [Settings],
      useFactory: ({ url }: Settings) => ({ url, clientId: 'shop' }),
    }),
    KafkaModule.forFeature(['invoices']),
    ClientsModule.register([{ name: 'PRICING', customClass: KafkaClientProxy, options: {} }]),
  ],
  controllers: [ShopController, PricingController],
  providers: [Billing, Ledger],
})
class ShopModule {}

async function main(): Promise<void> {
  const app = await NestFactory.create(ShopModule, { logger: ['warn', 'error'] })
  app.connectMicroservice({ strategy: new KafkaTransport({ group: 'pricing' }) })
  app.enableShutdownHooks()
  await app.startAllMicroservices()
  await app.listen(0, '127.0.0.1')
  console.log(`listening on ${await app.getUrl()}`)
}

void main()
