/** What a broker coordinates: groups, and transactions by their id. */

export type Coordinated = { readonly group: string } | { readonly transactionalId: string }

/** Returns what `coordinated` is called in messages. */
export function nameOf(coordinated: Coordinated): string {
  return 'group' in coordinated
    ? `group '${coordinated.group}'`
    : `transactional id '${coordinated.transactionalId}'`
}
