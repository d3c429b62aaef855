/** Waits for what a run can only be asked for. */

const waitMaxMs = 50_000

/** Resolves once `isSo`, which is asked every millisecond. */
export async function until(isSo: () => boolean): Promise<void> {
  const endMs = performance.now() + waitMaxMs
  while (!isSo()) {
    if (performance.now() > endMs) throw new Error(`it takes too long: ${isSo.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}
