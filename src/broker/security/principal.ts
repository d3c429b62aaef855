/** Who a connection belongs to, in Kafka's words: a type, which is `User`, and a name. */

export interface Principal {
  readonly type: string
  readonly name: string
}

/** Whoever has not said who they are. */
export const anonymous: Principal = Object.freeze({ type: 'User', name: 'ANONYMOUS' })

export function userPrincipal(name: string): Principal {
  return { type: 'User', name }
}

/** Returns the text that ACLs name a principal by, such as `User:alice`. */
export function principalText({ type, name }: Principal): string {
  return `${type}:${name}`
}
