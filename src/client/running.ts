/** Something that runs on a client until it is closed, such as a stream. */
export interface Running {
  /** Resolves once it is at work; rejects with why it cannot be. */
  readonly started: Promise<void>
  /** Settles when it has ended: rejects with what it failed of. */
  readonly finished: Promise<void>
  /** Finishes what is under way, and leaves. It always settles. */
  close(): Promise<void>
}

/** One that belongs to a client, and is closed with it. */
export interface ClientRun extends Running {
  /** Closes at once: nobody may be there any more when what is waited for comes. */
  hurry?(): void
}
