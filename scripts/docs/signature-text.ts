/** Declarations as text, without their bodies and default values. */

import { ts } from '@ts-morph/common'

const columnsMax = 90

/** Returns a parameter; one that is taken apart at once has no name, and `options` for one. */
export function parameterText(parameter: ts.ParameterDeclaration, inferred: () => string): string {
  const rest = parameter.dotDotDotToken ? '...' : ''
  const name = ts.isIdentifier(parameter.name) ? parameter.name.text : 'options'
  const optional = parameter.questionToken || parameter.initializer ? '?' : ''
  return `${rest}${name}${optional}: ${parameter.type ? typeText(parameter.type) : inferred()}`
}

/** Returns a signature on one line, or on a line for each parameter. */
export function signatureText(
  node: ts.SignatureDeclaration,
  { parameters, inferred }: { parameters: readonly string[]; inferred: () => string },
): string {
  const isConstructor = ts.isConstructorDeclaration(node)
  const name = isConstructor ? `new ${node.parent.name!.text}` : (node.name?.getText() ?? '')
  const generics = node.typeParameters?.map((each) => each.getText()).join(', ')
  const begin = `${name}${generics ? `<${generics}>` : ''}`
  const end = isConstructor ? '' : `: ${node.type ? typeText(node.type) : inferred()}`
  const line = `${begin}(${parameters.join(', ')})${end}`
  if (line.length <= columnsMax && !line.includes('\n')) return line
  return `${begin}(\n${parameters.map((each) => `  ${each},\n`).join('')})${end}`
}

export function typeText(type: ts.TypeNode): string {
  // A multi-line union begins with a bar.
  return type
    .getText()
    .replaceAll(/\/\*\*[^]*?\*\//g, '')
    .replaceAll(/\s+/g, ' ')
    .replace(/^\| /, '')
    .trim()
}
