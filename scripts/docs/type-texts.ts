/** Types as text, and which of their names programs cannot import. */

import { join } from 'node:path'
import { ts } from '@ts-morph/common'
import { parameterText, signatureText, typeText } from './signature-text.ts'

const { NoTruncation, UseSingleQuotesForStringLiteralType } = ts.TypeFormatFlags
const typeFormat: ts.TypeFormatFlags = NoTruncation | UseSingleQuotesForStringLiteralType

type Named = ts.Node & { readonly name?: ts.Node | undefined }

export class TypeTexts {
  readonly #checker: ts.TypeChecker
  readonly #sources: string
  readonly #isExported: (symbol: ts.Symbol) => boolean
  #aliases = new Set<ts.TypeAliasDeclaration>()
  readonly #unnamed = new Map<string, Set<string>>()

  constructor(checker: ts.TypeChecker, root: string, isExported: (symbol: ts.Symbol) => boolean) {
    this.#checker = checker
    this.#sources = join(root, 'src')
    this.#isExported = isExported
  }

  /** Types that public ones are made of and that programs cannot import, with where those are. */
  get unnamed(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#unnamed
  }

  /** Runs `write`, and returns its text with the aliases in it that programs cannot import. */
  withAliases<Text>(write: () => Text): { readonly text: Text; readonly aliases: string[] } {
    const outer = this.#aliases
    this.#aliases = new Set()
    const text = write()
    const aliases: string[] = []
    // What an alias is may have aliases of its own.
    for (const alias of this.#aliases) aliases.push(this.ofAlias(alias))
    this.#aliases = outer
    return { text, aliases }
  }

  targetOf(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol
  }

  /** Returns a type as it is written in `owner`. */
  ofNode(node: ts.Node, owner: Named): string {
    this.#noteNames(node, owner)
    return typeText(node)
  }

  ofType(type: ts.Type): string {
    return this.#checker.typeToString(type, undefined, typeFormat)
  }

  ofAlias(node: ts.TypeAliasDeclaration): string {
    const choices = this.#choicesOf(node)
    const text = choices === undefined ? this.ofNode(node.type, node) : wrapped(choices)
    return `type ${nameText(node)} =${text.startsWith('\n') ? '' : ' '}${text}`
  }

  ofField(node: ts.ClassElement | ts.TypeElement): string {
    const declared = 'type' in node ? (node.type as ts.TypeNode | undefined) : undefined
    if (!declared) return this.ofType(this.#checker.getTypeAtLocation(node))
    // A name that cannot be imported says less than the choices that it stands for.
    if (ts.isTypeReferenceNode(declared) && !declared.typeArguments) {
      const symbol = this.#checker.getSymbolAtLocation(declared.typeName)
      const target = symbol && this.targetOf(symbol)
      const alias = target?.declarations?.find(ts.isTypeAliasDeclaration)
      if (alias && this.#isOurs(alias) && !this.#isExported(target!)) {
        const choices = this.#choicesOf(alias)
        if (choices) return choices.join(' | ')
        if (ts.isUnionTypeNode(alias.type)) return this.ofNode(alias.type, alias)
      }
    }
    return this.ofNode(declared, node)
  }

  /** Returns the signatures of what `nodes` declare: overloads, where there are any. */
  ofSignatures(nodes: readonly ts.SignatureDeclaration[]): string[] {
    const overloads = nodes.filter((node) => !('body' in node && node.body))
    return (overloads.length > 0 ? overloads : nodes).map((node) => {
      if (node.type) this.#noteNames(node.type, node)
      const parameters = node.parameters.map((parameter) => {
        if (parameter.type) this.#noteNames(parameter.type, node)
        return parameterText(parameter, () =>
          this.ofType(this.#checker.getTypeAtLocation(parameter)),
        )
      })
      const inferred = (): string =>
        this.ofType(this.#checker.getSignatureFromDeclaration(node)!.getReturnType())
      return signatureText(node, { parameters, inferred })
    })
  }

  /** Returns what a computed union consists of, in an order that nothing else has to do with. */
  #choicesOf({ type: node }: ts.TypeAliasDeclaration): string[] | undefined {
    const type = this.#checker.getTypeFromTypeNode(node)
    if (!type.isUnion() || !type.types.every((each) => each.isStringLiteral())) return undefined
    if (!/\b(typeof|keyof)\b/.test(node.getText())) return undefined
    return type.types.map((each) => this.ofType(each)).sort()
  }

  #isOurs(node: ts.Node): boolean {
    return node.getSourceFile().fileName.startsWith(this.#sources)
  }

  #noteNames(node: ts.Node, owner: Named): void {
    const visit = (each: ts.Node): void => {
      if (ts.isTypeReferenceNode(each)) this.#noteName(each.typeName, owner)
      if (ts.isExpressionWithTypeArguments(each)) this.#noteName(each.expression, owner)
      ts.forEachChild(each, visit)
    }
    visit(node)
  }

  #noteName(name: ts.Node, owner: Named): void {
    const symbol = this.#checker.getSymbolAtLocation(name)
    const target = symbol && this.targetOf(symbol)
    const [declared] = target?.declarations ?? []
    if (!declared || this.#isExported(target!) || ts.isTypeParameterDeclaration(declared)) return
    if (!this.#isOurs(declared)) return
    if (ts.isTypeAliasDeclaration(declared)) return void this.#aliases.add(declared)
    const places = this.#unnamed.get(target!.name) ?? new Set()
    this.#unnamed.set(target!.name, places.add(placeOf(owner)))
  }
}

/** Returns a union, over several lines where it is long. */
function wrapped(choices: readonly string[]): string {
  const line = choices.join(' | ')
  return line.length < 80 ? line : choices.map((choice) => `\n  | ${choice}`).join('')
}

/** Returns the name of a declaration with its type parameters. */
export function nameText(
  node: ts.ClassDeclaration | ts.InterfaceDeclaration | ts.TypeAliasDeclaration,
): string {
  const parameters = node.typeParameters?.map((each) => each.getText()).join(', ')
  return `${node.name!.text}${parameters ? `<${parameters}>` : ''}`
}

/** Returns `Owner.member`, or the name of what stands by itself. */
function placeOf(node: Named): string {
  const own = node.name?.getText() ?? 'constructor'
  const owner = (node.parent as Named).name?.getText()
  return owner === undefined ? own : `${owner}.${own}`
}
