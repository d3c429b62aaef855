/** Whom a protected server knows, and how a bad client proves to be one of them. */

import { mkdirSync } from 'node:fs'
import { saslAuthenticate } from '../../../src/protocol/sasl-authenticate.ts'
import { saslHandshake } from '../../../src/protocol/sasl-handshake.ts'
import { withFolder } from '../../../src/server/offline.ts'
import type { SeededRandom } from '../../support/random.ts'
import { requestOf, type FuzzedRequest } from './messages.ts'

/** Does what it wants, and does nothing wrong. */
export const healthyUser = 'healthy'
/** May do everything, and does. */
const root = 'root'
/** May do what the ACLs say that the fuzzer makes. */
const limited = 'u1'
export const password = 'secret'

export const superUsers: readonly string[] = [healthyUser, root]

/** Gives everybody a password, in the folder of a stopped server. */
export async function addUsers(dataFolder: string): Promise<void> {
  mkdirSync(dataFolder, { recursive: true })
  await withFolder(dataFolder, async ({ admin }) => {
    const users = [healthyUser, root, limited]
    await admin.alterScramCredentials(
      users.map((user) => ({ user, password, mechanism: 'SCRAM-SHA-256' as const })),
    )
    await admin.createAcls([
      {
        resourceType: 'topic',
        resourceName: 't',
        pattern: 'prefixed',
        principal: `User:${limited}`,
        operation: 'all',
      },
    ])
  })
}

/** Requests that log somebody in; none for those who stay strangers. */
export function login(random: SeededRandom, correlationId: number): readonly FuzzedRequest[] {
  const user = random.pick([root, root, limited, limited, undefined])
  if (user === undefined) return []
  const authBytes = new TextEncoder().encode(`\0${user}\0${password}`)
  return [
    requestOf(saslHandshake, 1, correlationId, { mechanism: 'PLAIN' }),
    requestOf(saslAuthenticate, 2, correlationId + 1, { authBytes }),
  ]
}
