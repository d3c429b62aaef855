/**
 * The public API as the compiler sees it: what the entry files export, with the members that programs
 * can use, and what their comments say. Members marked `@internal` are for the package itself.
 */

import { join } from 'node:path'
import { ts } from '@ts-morph/common'
import { docOf, type Doc } from './doc-comment.ts'
import { parameterText, signatureText, typeText } from './signature-text.ts'

/** An entry of `exports` in package.json. */
export interface EntryPoint {
  readonly module: string
  readonly file: string
}

/** Something that a program can import. */
export interface Declaration {
  readonly name: string
  readonly kind: 'class' | 'interface' | 'type' | 'function' | 'const'
  readonly module: string
  /** Where it is declared, from the root of the repository. */
  readonly file: string
  readonly doc: Doc
  /** Whether there is only a type to import, as of classes that programs do not construct. */
  readonly isTypeOnly: boolean
  /** As it may be written in TypeScript. */
  readonly text: string
  /** What it is built on, as it may be written in TypeScript. */
  readonly extends: readonly string[]
  readonly members: readonly Member[]
}

export interface Member {
  readonly name: string
  readonly kind: 'constructor' | 'method' | 'field'
  readonly isStatic: boolean
  readonly doc: Doc
  /** Of a method, each of its signatures; of a field, its type. */
  readonly text: readonly string[]
  readonly isOptional: boolean
}

const { NoTruncation, UseSingleQuotesForStringLiteralType } = ts.TypeFormatFlags
const typeFormat: ts.TypeFormatFlags = NoTruncation | UseSingleQuotesForStringLiteralType

interface BaseClass {
  readonly symbol: ts.Symbol
  readonly node: ts.ClassDeclaration
}

export class PublicApi {
  readonly #root: string
  readonly #checker: ts.TypeChecker
  readonly #exported = new Set<ts.Symbol>()
  readonly declarations: readonly Declaration[]

  constructor(root: string, entryPoints: readonly EntryPoint[]) {
    this.#root = root
    const paths = entryPoints.map(({ file }) => join(root, file))
    const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) =>
      ts.sys.readFile(path),
    )
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
    const program = ts.createProgram(paths, { ...options, skipLibCheck: true })
    this.#checker = program.getTypeChecker()
    const found = entryPoints.flatMap(({ module }, index) => {
      const source = program.getSourceFile(paths[index]!)!
      const symbols = this.#checker.getExportsOfModule(this.#checker.getSymbolAtLocation(source)!)
      return symbols.map((symbol) => ({ module, symbol, target: this.#targetOf(symbol) }))
    })
    for (const { target } of found) this.#note(target)
    // What several entries export is one thing, which belongs to the first.
    const seen = new Set<ts.Symbol>()
    this.declarations = found.flatMap(({ module, symbol, target }) => {
      if (seen.has(target)) return []
      seen.add(target)
      return [this.#declaration(module, symbol, target)]
    })
  }

  /** The same name in another file, which a class extends for its platform, is the same class. */
  #note(symbol: ts.Symbol): void {
    this.#exported.add(symbol)
    const node = symbol.declarations?.find(ts.isClassDeclaration)
    const base = node && this.#baseOf(node)
    if (base && base.node.name?.text === node.name?.text) this.#note(base.symbol)
  }

  #targetOf(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol
  }

  #declaration(module: string, symbol: ts.Symbol, target: ts.Symbol): Declaration {
    const [node] = target.declarations ?? []
    if (!node) throw new Error(`${symbol.name} is declared nowhere`)
    const file = node.getSourceFile().fileName.slice(this.#root.length + 1)
    const canConstruct = !symbol.declarations?.some(ts.isTypeOnlyExportDeclaration)
    const isShape = ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)
    const isTypeOnly = isShape || !canConstruct
    const known = { name: symbol.name, module, file, doc: docOf(node), isTypeOnly }
    if (ts.isClassDeclaration(node)) {
      const members = this.#membersOfClass(node, canConstruct)
      return { ...known, ...this.#heritage(node), kind: 'class', text: nameText(node), members }
    }
    if (ts.isInterfaceDeclaration(node)) {
      const members = this.#membersOf(node.members)
      return { ...known, ...this.#heritage(node), kind: 'interface', text: nameText(node), members }
    }
    if (ts.isTypeAliasDeclaration(node)) return { ...known, ...this.#alias(node) }
    if (ts.isFunctionDeclaration(node)) {
      const text = this.#signatures(target.declarations!.filter(ts.isFunctionDeclaration))
      return { ...known, kind: 'function', text: text.join('\n'), extends: [], members: [] }
    }
    if (!ts.isVariableDeclaration(node)) throw new Error(`what is ${symbol.name}?`)
    return { ...known, ...this.#constant(node) }
  }

  /** An alias of an interface that has no public name of its own is that interface. */
  #alias(
    node: ts.TypeAliasDeclaration,
  ): Pick<Declaration, 'kind' | 'text' | 'extends' | 'members'> {
    const target = this.#checker.getTypeFromTypeNode(node.type).symbol
    const [aliased] = target?.declarations ?? []
    if (ts.isTypeReferenceNode(node.type) && aliased && ts.isInterfaceDeclaration(aliased)) {
      if (!this.#exported.has(target) && !node.type.typeArguments) {
        const members = this.#membersOf(aliased.members)
        return { kind: 'interface', text: nameText(node), extends: [], members }
      }
    }
    const text = `type ${nameText(node)} = ${typeText(node.type)}`
    return { kind: 'type', text, extends: [], members: [] }
  }

  #constant(
    node: ts.VariableDeclaration,
  ): Pick<Declaration, 'kind' | 'text' | 'extends' | 'members'> {
    const name = node.name.getText()
    const type = this.#checker.getTypeAtLocation(node)
    const members = node.type ? [] : this.#functionsOf(type)
    const annotation = node.type?.getText() ?? this.#typeText(type)
    const text = members.length > 0 ? `const ${name}` : `const ${name}: ${annotation}`
    return { kind: 'const', text, extends: [], members }
  }

  /** The functions of an object, documented where they are declared. */
  #functionsOf(type: ts.Type): Member[] {
    return type.getProperties().flatMap((property) => {
      const declaration = this.#checker
        .getTypeOfSymbol(property)
        .getCallSignatures()[0]?.declaration
      if (!declaration || !ts.isFunctionDeclaration(declaration)) return []
      const text = this.#signatures([declaration])
      const doc = docOf(declaration)
      return [
        {
          name: property.name,
          kind: 'method',
          isStatic: true,
          doc,
          text,
          isOptional: false,
        } as const,
      ]
    })
  }

  /** What it extends, but for classes that are no names of their own. */
  #heritage(node: ts.ClassDeclaration | ts.InterfaceDeclaration): Pick<Declaration, 'extends'> {
    const types = node.heritageClauses?.flatMap(({ token, types }) =>
      token === ts.SyntaxKind.ExtendsKeyword ? types : [],
    )
    const base = ts.isClassDeclaration(node) ? this.#baseOf(node) : undefined
    const isHidden = base !== undefined && this.#isPartOf(node, base)
    const texts = types?.map((type) => type.getText().replaceAll(/\s+/g, ' ')) ?? []
    return { extends: isHidden ? [] : texts }
  }

  /** Whether all that a class inherits from `base` is shown as its own. */
  #isPartOf(node: ts.ClassDeclaration | ts.InterfaceDeclaration, base: BaseClass): boolean {
    if (base.node.name?.text === node.name?.text) return true
    const isOfOthers = base.node.getSourceFile().fileName.includes('/node_modules/')
    return !isOfOthers && !this.#exported.has(base.symbol)
  }

  #membersOfClass(node: ts.ClassDeclaration, canConstruct: boolean): Member[] {
    const own = this.#membersOf(node.members).filter(
      ({ kind }) => kind !== 'constructor' || canConstruct,
    )
    // What a class that is not public gives to one that is belongs to that.
    const base = this.#baseOf(node)
    if (!base || !this.#isPartOf(node, base)) return own
    const names = new Set(own.map(({ name }) => name))
    const inherited = this.#membersOfClass(base.node, false)
    return [...own, ...inherited.filter(({ name }) => !names.has(name))]
  }

  #baseOf(node: ts.ClassDeclaration): BaseClass | undefined {
    const clause = node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)
    if (!clause) return undefined
    const symbol = this.#checker.getSymbolAtLocation(clause.types[0]!.expression)
    const target = symbol && this.#targetOf(symbol)
    const base = target?.declarations?.find(ts.isClassDeclaration)
    return base ? { symbol: target!, node: base } : undefined
  }

  #membersOf(nodes: readonly (ts.ClassElement | ts.TypeElement)[]): Member[] {
    const groups = new Map<string, (ts.ClassElement | ts.TypeElement)[]>()
    for (const node of nodes) {
      if (isHidden(node)) continue
      const name = ts.isConstructorDeclaration(node) ? 'constructor' : node.name!.getText()
      groups.set(name, [...(groups.get(name) ?? []), node])
    }
    return [...groups].map(([name, group]) => this.#member(name, group))
  }

  #member(name: string, group: readonly (ts.ClassElement | ts.TypeElement)[]): Member {
    const [node] = group
    const doc = group.map(docOf).find(({ text }) => text !== '') ?? docOf(node!)
    const isStatic = hasModifier(node!, ts.SyntaxKind.StaticKeyword)
    const isOptional = 'questionToken' in node! && node.questionToken !== undefined
    const known = { name, isStatic, isOptional, doc: this.#inheritedDoc(node!, doc) }
    const signatures = group.filter(isSignature)
    if (signatures.length > 0) {
      const kind = name === 'constructor' ? 'constructor' : 'method'
      return { ...known, kind, text: this.#signatures(signatures) }
    }
    return { ...known, kind: 'field', text: [this.#fieldText(node!)] }
  }

  /** A member without a word does what the one that it overrides, or implements, says. */
  #inheritedDoc(node: ts.ClassElement | ts.TypeElement, doc: Doc): Doc {
    if (doc.text !== '' || !ts.isClassDeclaration(node.parent) || !node.name) return doc
    const name = node.name.getText()
    for (const parent of this.#parentsOf(node.parent)) {
      const said = parent.members.find((member) => member.name?.getText() === name)
      if (said && docOf(said).text !== '') return docOf(said)
    }
    return doc
  }

  /** Classes and interfaces that `node` is built on, the nearest first. */
  #parentsOf(node: ts.ClassDeclaration): (ts.ClassDeclaration | ts.InterfaceDeclaration)[] {
    const types = node.heritageClauses?.flatMap((clause) => [...clause.types]) ?? []
    return types.flatMap(({ expression }) => {
      const symbol = this.#checker.getSymbolAtLocation(expression)
      const [parent] = (symbol && this.#targetOf(symbol).declarations) ?? []
      if (!parent) return []
      if (ts.isInterfaceDeclaration(parent)) return [parent]
      return ts.isClassDeclaration(parent) ? [parent, ...this.#parentsOf(parent)] : []
    })
  }

  #fieldText(node: ts.ClassElement | ts.TypeElement): string {
    const declared = 'type' in node ? (node.type as ts.TypeNode | undefined) : undefined
    if (!declared) return this.#typeText(this.#checker.getTypeAtLocation(node))
    // A name that cannot be imported says less than what it stands for.
    if (ts.isTypeReferenceNode(declared) && !declared.typeArguments) {
      const symbol = this.#checker.getSymbolAtLocation(declared.typeName)
      const target = symbol && this.#targetOf(symbol)
      const alias = target?.declarations?.find(ts.isTypeAliasDeclaration)
      if (alias && !this.#exported.has(target!)) {
        const type = this.#checker.getTypeFromTypeNode(declared)
        if (type.isUnion()) return type.types.map((each) => this.#typeText(each)).join(' | ')
      }
    }
    return typeText(declared)
  }

  #signatures(nodes: readonly ts.SignatureDeclaration[]): string[] {
    const overloads = nodes.filter((node) => !('body' in node && node.body))
    return (overloads.length > 0 ? overloads : nodes).map((node) =>
      signatureText(node, {
        parameters: node.parameters.map((parameter) =>
          parameterText(parameter, () =>
            this.#typeText(this.#checker.getTypeAtLocation(parameter)),
          ),
        ),
        inferred: () =>
          this.#typeText(this.#checker.getSignatureFromDeclaration(node)!.getReturnType()),
      }),
    )
  }

  #typeText(type: ts.Type): string {
    return this.#checker.typeToString(type, undefined, typeFormat)
  }
}

/** Returns what has no docstring, of all that a program can use, as `name` or `name.member`. */
export function undocumented(declarations: readonly Declaration[]): string[] {
  return declarations.flatMap(({ name, file, doc, members }) => [
    ...(doc.text === '' ? [`${file}: ${name}`] : []),
    ...members
      .filter((member) => member.doc.text === '')
      .map((member) => `${file}: ${name}.${member.name}`),
  ])
}

function isHidden(node: ts.ClassElement | ts.TypeElement): boolean {
  const { PrivateKeyword, ProtectedKeyword } = ts.SyntaxKind
  if (hasModifier(node, PrivateKeyword) || hasModifier(node, ProtectedKeyword)) return true
  const doc = docOf(node)
  if (ts.isClassStaticBlockDeclaration(node) || doc.isInternal) return true
  const name = node.name?.getText() ?? ''
  // Symbols that mean the same wherever they are need no words.
  return name.startsWith('#') || (name.startsWith('[') && doc.text === '')
}

function hasModifier(node: ts.Node, kind: ts.SyntaxKind): boolean {
  return ts.canHaveModifiers(node) && !!ts.getModifiers(node)?.some((each) => each.kind === kind)
}

function isSignature(
  node: ts.ClassElement | ts.TypeElement,
): node is (ts.ClassElement | ts.TypeElement) & ts.SignatureDeclaration {
  return (
    ts.isMethodDeclaration(node) || ts.isMethodSignature(node) || ts.isConstructorDeclaration(node)
  )
}

function nameText(
  node: ts.ClassDeclaration | ts.InterfaceDeclaration | ts.TypeAliasDeclaration,
): string {
  const parameters = node.typeParameters?.map((each) => each.getText()).join(', ')
  return `${node.name!.text}${parameters ? `<${parameters}>` : ''}`
}
