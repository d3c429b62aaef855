/** The client libraries that the load is made with. */

import type { Driver, DriverOptions } from './driver.ts'
import { kafkajsDriver } from './kafkajs-driver.ts'
import { platformaticDriver } from './platformatic-driver.ts'
import { sdkDriver } from './sdk-driver.ts'

export const drivers = {
  sdk: sdkDriver,
  kafkajs: kafkajsDriver,
  platformatic: platformaticDriver,
} as const satisfies Record<string, (options: DriverOptions) => Driver>

export type DriverName = keyof typeof drivers
