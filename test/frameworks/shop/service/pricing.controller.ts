/** A service that answers requests and hears of events, both through topics. */

import { Controller } from '@nestjs/common'
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices'
import { KafkaRecordContext } from 'kafka.do/nestjs/microservices'

@Controller()
export class PricingController {
  readonly billed = new Map<string, number>()

  @MessagePattern('price')
  price(@Payload() { quantity }: { quantity: number }): { amount: number } {
    return { amount: quantity * 7 }
  }

  @EventPattern('order.billed')
  onBilled(@Payload() { amount }: { amount: number }, @Ctx() context: KafkaRecordContext): void {
    this.billed.set(String(context.getRecord().key), amount)
  }
}
