/** Says in a program what type something has, to the letter: `any` is not a `string` here. */

// Two conditional types are the same to the compiler where what they test for is identical.
/* oxlint-disable typescript/no-unnecessary-type-parameters */
type Same<First, Second> =
  (<T>() => T extends First ? 1 : 2) extends <T>() => T extends Second ? 1 : 2 ? true : false
/* oxlint-enable typescript/no-unnecessary-type-parameters */

/** Compiles only where the type of `value` is `Expected`: `exactly<string>()(value)`. */
export function exactly<Expected>() {
  return <const Actual>(
    value: Actual,
    ..._isOther: Same<Actual, Expected> extends true ? [] : [never]
  ): void => void value
}
