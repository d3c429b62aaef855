/** Tells a broker who we are: SASL/PLAIN (RFC 4616) inside Kafka requests. */

import { errorCodes } from '../protocol/error-codes.ts'
import { saslAuthenticate } from '../protocol/sasl-authenticate.ts'
import { saslHandshake } from '../protocol/sasl-handshake.ts'
import type { BrokerChannel } from './broker-channel.ts'
import { throwIfError } from './errors.ts'
import type { Credentials } from './kafka-options.ts'

/** @throws UnauthorizedError where the broker does not take the credentials */
export async function authenticate(
  channel: BrokerChannel,
  { user, password }: Credentials,
): Promise<void> {
  // A broker that asks for no credentials need not get any.
  if (!channel.supports(saslHandshake, 1)) return
  const handshake = await channel.request(saslHandshake, { mechanism: 'PLAIN' }, { minVersion: 1 })
  if (handshake.errorCode === errorCodes.ILLEGAL_SASL_STATE) return
  throwIfError(`authenticate to ${channel.name} with PLAIN`, handshake)

  const authBytes = new TextEncoder().encode(`\0${user}\0${password}`)
  const answer = await channel.request(saslAuthenticate, { authBytes })
  throwIfError(`authenticate to ${channel.name} as '${user}'`, answer)
}
