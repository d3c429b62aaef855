/** SaslAuthenticate: a token of the mechanism that the client has chosen, and the answer to it. */

import type { saslAuthenticate } from '../../protocol/sasl-authenticate.ts'
import type { Handler } from '../request-context.ts'

export const handleSaslAuthenticate: Handler<typeof saslAuthenticate> = ({ authBytes }, context) =>
  context.broker.authentication.authenticate(context.session, authBytes)
