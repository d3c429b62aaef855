/** A changed program that would lose what it has remembered; `changes` says what, in words. */
export class TopologyChangedError extends Error {
  /** The name of the class, also where names were minified. */
  override readonly name = 'TopologyChangedError'
  /** The name of the application: its group. */
  readonly application: string
  /** What has changed, each in words. */
  readonly changes: readonly string[]

  /** @internal */
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
