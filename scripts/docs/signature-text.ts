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
  const optional = 'questionToken' in node && node.questionToken ? '?' : ''
  const own = `${node.name?.getText() ?? ''}${optional}`
  const name = isConstructor ? `new ${node.parent.name!.text}` : own
  const generics = node.typeParameters?.map((each) => each.getText()).join(', ')
  const begin = `${name}${generics ? `<${generics}>` : ''}`
  const end = isConstructor ? '' : `: ${node.type ? typeText(node.type) : inferred()}`
  const line = `${begin}(${parameters.join(', ')})${end}`
  if (line.length <= columnsMax && !line.includes('\n')) return line
  return `${begin}(\n${parameters.map((each) => `  ${each},\n`).join('')})${end}`
}

const printer = ts.createPrinter({ removeComments: true })

/** Returns a type on one line. */
export function typeText(type: ts.Node): string {
  const text = printer.printNode(ts.EmitHint.Unspecified, type, type.getSourceFile())
  // What is broken over lines has its semicolons; a union may begin with a bar.
  return text.replaceAll(/\s+/g, ' ').replaceAll('; }', ' }').replace(/^\| /, '')
}
