/** A mistake in the source, as an edit of one of its files, for tests that must notice it. */

export interface SourceEdit {
  /** Below `src/`. */
  readonly file: string
  /** Has to be in the file exactly once. */
  readonly find: string
  readonly replace: string
}

/** Returns `source` with the mistake in it. @throws Error where its text is not in there once */
export function edited(source: string, { file, find, replace }: SourceEdit): string {
  const parts = source.split(find)
  if (parts.length !== 2) throw new Error(`'${find}' is ${parts.length - 1} times in src/${file}`)
  return parts.join(replace)
}
