/** A service that answers requests and hears of events, both through topics. */

import { Controller } from '@nestjs/common'
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices'
import { KafkaRecordContext } from 'kafka.do/nestjs/microservices'
import { Ledger } from './ledger.js'

@Controller()
export class PricingController {
  constructor(private readonly ledger: Ledger) {}

  @MessagePattern('price')
  price(@Payload() { quantity }: { quantity: number }): { amount: number } {
    return { amount: quantity * 7 }
  }

  @EventPattern('order.billed')
  onBilled(@Payload() { amount }: { amount: number }, @Ctx() context: KafkaRecordContext): void {
    this.ledger.add(String(context.getRecord().key), amount)
  }
}
