/** SaslHandshake: the client says by which mechanism it is going to prove who it is. */

import type { saslHandshake } from '../../protocol/sasl-handshake.ts'
import type { Handler } from '../request-context.ts'

export const handleSaslHandshake: Handler<typeof saslHandshake> = ({ mechanism }, context) =>
  context.broker.authentication.handshake(context.session, mechanism, context.version)
