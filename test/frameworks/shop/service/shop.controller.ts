/** The shop as browsers see it: a page, and an interface for orders. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Body, Controller, Get, Header, Param, Post, Query } from '@nestjs/common'
import type { RecordMetadata } from 'kafka.do'
import { KafkaEvents, KafkaSubscriptions } from 'kafka.do/nestjs'
import { Ledger } from './ledger.js'
import { OrderCreated, type Order } from './order.js'

@Controller()
export class ShopController {
  constructor(
    private readonly events: KafkaEvents,
    private readonly subscriptions: KafkaSubscriptions,
    private readonly ledger: Ledger,
  ) {}

  @Get('react-:version')
  @Header('content-type', 'text/html')
  page(@Param('version') version: string, @Query('kafkaUrl') kafkaUrl?: string): string {
    const url = JSON.stringify(kafkaUrl ?? process.env['KAFKA_DO_URL'])
    return `<!doctype html><title>Shop</title><link rel="icon" href="data:,"><div id="root"></div>
      <script>window.kafkaUrl = ${url}</script>
      <script type="module" src="/scripts/page-${version}.js"></script>`
  }

  @Get('scripts/:name')
  @Header('content-type', 'text/javascript')
  script(@Param('name') name: string): string {
    return readFileSync(join(process.env['SCRIPTS']!, name), 'utf8')
  }

  @Post('orders')
  order(@Body() order: Order): Promise<RecordMetadata> {
    return this.events.publish(new OrderCreated(order))
  }

  @Get('billed')
  billed(): Ledger {
    return this.ledger
  }

  @Get('health')
  health(): object {
    return this.subscriptions.states.map(({ name, status }) => ({ name, status }))
  }
}
