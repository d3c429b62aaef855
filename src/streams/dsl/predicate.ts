/**
 * Reads the text of a test such as `(o, c) => o.customerId === c.id && o.amount > 10`, and finds
 * the equalities between a property of the one parameter and one of the other that it cannot be
 * true without. What it does not understand it does not count: a conjunct that is left out makes
 * a join slower, never wrong. Nothing is evaluated, so it works where `eval` does not.
 */

/** Names of properties, from the outside in. */
export type Path = readonly string[]

export interface Equality {
  readonly left: Path
  readonly right: Path
}

/** Returns the equalities in the text of a function of two parameters; none where in doubt. */
export function equalitiesOf(functionText: string): Equality[] {
  const parts = parametersAndBody(functionText)
  if (!parts) return []
  const names = parts.parameters.map(bindingsOf)
  const [left, right] = names
  if (names.length !== 2 || !left || !right) return []
  const equalities: Equality[] = []
  for (const conjunct of conjunctsOf(parts.body)) {
    const sides = /^([^=!<>]+?)\s*===\s*([^=!<>]+)$/.exec(conjunct)
    if (!sides) continue
    const [first, second] = [pathOf(sides[1]!), pathOf(sides[2]!)]
    if (!first || !second) continue
    const straight = both(resolve(first, left), resolve(second, right))
    const turned = both(resolve(second, left), resolve(first, right))
    const found = straight ?? turned
    if (found) equalities.push(found)
  }
  return equalities
}

function both(left: Path | undefined, right: Path | undefined): Equality | undefined {
  return left && right && { left, right }
}

/** For each name that a parameter binds, the path to what it stands for. */
type Bindings = ReadonlyMap<string, Path>

function parametersAndBody(
  text: string,
): { readonly parameters: readonly string[]; readonly body: string } | undefined {
  const arrow = /^\(([^()]*)\)\s*=>\s*([\s\S]*)$/.exec(text.trim())
  const plain = /^function\s*[\w$]*\s*\(([^()]*)\)\s*(\{[\s\S]*\})$/.exec(text.trim())
  const [, parameters, body] = arrow ?? plain ?? []
  if (parameters === undefined || body === undefined) return undefined
  const returned = /^\{\s*return\s+([\s\S]*?);?\s*\}$/.exec(body)
  if (body.startsWith('{') && !returned) return undefined
  // Comments and texts may hold anything, so what has them is not looked into.
  const expression = returned?.[1] ?? body
  if (/\/[/*]|['"`;]|=>/.test(expression)) return undefined
  return { parameters: splitTopLevel(parameters, ','), body: expression }
}

/** Understands `order` and `{ id, customer: name }`. */
function bindingsOf(parameter: string): Bindings | undefined {
  const text = parameter.trim()
  if (isName(text)) return new Map([[text, []]])
  const inside = /^\{([^{}]*)\}$/.exec(text)?.[1]
  if (inside === undefined) return undefined
  const bindings = new Map<string, Path>()
  for (const part of inside.split(',').filter((piece) => piece.trim() !== '')) {
    const [property, name = property] = part.split(':').map((piece) => piece.trim())
    if (!isName(property!) || !isName(name!)) return undefined
    bindings.set(name!, [property!])
  }
  return bindings
}

function isName(text: string): boolean {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(text)
}

function conjunctsOf(body: string): string[] {
  const text = withoutParentheses(body.trim())
  const parts = splitTopLevel(text, '&&')
  // Where anything binds weaker than `&&`, its parts alone decide nothing.
  if (/\|\||\?(?!\.)|,/.test(atTopLevel(text))) return []
  return parts.length === 1 ? [text] : parts.flatMap(conjunctsOf)
}

function withoutParentheses(text: string): string {
  let inner = text
  while (inner.startsWith('(') && closingAt(inner) === inner.length - 1) {
    inner = inner.slice(1, -1).trim()
  }
  return inner
}

function closingAt(text: string): number {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    if ('([{'.includes(text[at]!)) depth++
    else if (')]}'.includes(text[at]!) && --depth === 0) return at
  }
  return -1
}

/** Returns the text with what is in brackets left out. */
function atTopLevel(text: string): string {
  let depth = 0
  let outside = ''
  for (const character of text) {
    if ('([{'.includes(character)) depth++
    else if (')]}'.includes(character)) depth--
    else if (depth === 0) outside += character
  }
  return outside
}

function splitTopLevel(text: string, separator: string): string[] {
  const parts: string[] = []
  let depth = 0
  let begun = 0
  for (let at = 0; at < text.length; at++) {
    if ('([{'.includes(text[at]!)) depth++
    else if (')]}'.includes(text[at]!)) depth--
    else if (depth === 0 && text.startsWith(separator, at)) {
      parts.push(text.slice(begun, at))
      begun = at + separator.length
    }
  }
  return [...parts, text.slice(begun)]
}

/** Understands `a.b?.c`; anything else is no path. */
function pathOf(text: string): Path | undefined {
  const names = withoutParentheses(text.trim()).split(/\??\./)
  return names.every((name) => isName(name)) ? names : undefined
}

function resolve([name, ...rest]: Path, bindings: Bindings): Path | undefined {
  const bound = bindings.get(name!)
  return bound && [...bound, ...rest].length > 0 ? [...bound, ...rest] : undefined
}
