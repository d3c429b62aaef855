/** What clients use of browsers and the edge. */

import type { Platform } from './client/settings/platform.ts'
import { WebSocketDialer } from './connection/web-socket-dialer.ts'
import { webCodecs } from './record/web-compression.ts'
import { silentLogger } from './runtime/runtime.ts'
import { systemClock, systemRandom } from './runtime/system-runtime.ts'

export const webPlatform: Platform = {
  transports: {
    http: () => ({ dialer: new WebSocketDialer() }),
    https: () => ({ dialer: new WebSocketDialer({ secure: true }) }),
  },
  clock: systemClock,
  random: systemRandom,
  codecs: webCodecs,
  env: {},
  logger: silentLogger,
}
