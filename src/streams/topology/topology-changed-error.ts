/** A changed program that would lose what it has remembered; `changes` says what, in words. */
export class TopologyChangedError extends Error {
  override readonly name = 'TopologyChangedError'
  readonly application: string
  readonly changes: readonly string[]

  constructor(application: string, changes: readonly string[]) {
    super(
      `'${application}' is not what it was, and would lose what it remembers:\n- ` +
        `${changes.join('\n- ')}\n` +
        "To go on without it: onTopologyChange: 'accept'. To keep it: the `name` of each step.",
    )
    this.application = application
    this.changes = changes
  }
}
