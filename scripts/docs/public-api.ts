/**
 * The public API as the compiler sees it: what the entry files export, with the members that programs
 * can use, and what their comments say. Members marked `@internal` are for the package itself.
 */

import { join } from 'node:path'
import { getLibFiles, libFolderInMemoryPath, ts } from '@ts-morph/common'
import { docOf, type Doc } from './doc-comment.ts'
import { nameText, TypeTexts } from './type-texts.ts'

/** An entry of `exports` in package.json. */
export interface EntryPoint {
  readonly module: string
  readonly file: string
}

/** Something that a program can import. */
export interface Declaration extends Shape {
  readonly name: string
  readonly module: string
  /** Where it is declared, from the root of the repository. */
  readonly file: string
  readonly doc: Doc
  /** Whether there is only a type to import, as of classes that programs do not construct. */
  readonly isTypeOnly: boolean
}

interface Shape {
  readonly kind: 'class' | 'interface' | 'type' | 'function' | 'const'
  /** As it may be written in TypeScript. */
  readonly text: string
  /** Aliases that cannot be imported, and are in `text` or `extends`. */
  readonly aliases: readonly string[]
  /** What it extends, as it may be written in TypeScript. */
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
  /** Aliases that cannot be imported, and are in `text`. */
  readonly aliases: readonly string[]
  readonly isOptional: boolean
}

type Owner = ts.ClassDeclaration | ts.InterfaceDeclaration
type Element = ts.ClassElement | ts.TypeElement

interface Base {
  readonly symbol: ts.Symbol
  readonly node: Owner
}

export class PublicApi {
  readonly declarations: readonly Declaration[]
  readonly #root: string
  readonly #checker: ts.TypeChecker
  readonly #exported = new Set<ts.Symbol>()
  readonly #texts: TypeTexts

  constructor(root: string, entryPoints: readonly EntryPoint[]) {
    this.#root = root
    const paths = entryPoints.map(({ file }) => join(root, file))
    const program = programOf(root, paths)
    this.#checker = program.getTypeChecker()
    this.#texts = new TypeTexts(this.#checker, root, (symbol) => this.#exported.has(symbol))
    const found = entryPoints.flatMap(({ module }, index) => {
      const source = program.getSourceFile(paths[index]!)!
      const symbols = this.#checker.getExportsOfModule(this.#checker.getSymbolAtLocation(source)!)
      return symbols.map((symbol) => ({ module, symbol, target: this.#texts.targetOf(symbol) }))
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

  /** What has no comment, and what cannot be imported although public names need or name it. */
  problems(): string[] {
    return [
      ...undocumented(this.declarations).map((name) => `${name} has no comment`),
      ...unknownErrors(this.declarations),
      ...[...this.#texts.unnamed].map(
        ([name, places]) => `${name} is not exported, and is in ${[...places].join(', ')}`,
      ),
    ]
  }

  /** The same name in another file, which a class extends for its platform, is the same class. */
  #note(symbol: ts.Symbol): void {
    this.#exported.add(symbol)
    const node = symbol.declarations?.find(ts.isClassDeclaration)
    const base = node && this.#basesOf(node)[0]
    if (base && base.node.name?.text === node.name?.text) this.#note(base.symbol)
  }

  #declaration(module: string, symbol: ts.Symbol, target: ts.Symbol): Declaration {
    const [node] = target.declarations ?? []
    if (!node) throw new Error(`${symbol.name} is declared nowhere`)
    const file = node.getSourceFile().fileName.slice(this.#root.length + 1)
    const canConstruct = !symbol.declarations?.some(ts.isTypeOnlyExportDeclaration)
    const isShape = ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)
    const isTypeOnly = isShape || !canConstruct
    const known = { name: symbol.name, module, file, doc: docOf(node), isTypeOnly }
    return { ...known, ...this.#shape(target, node, canConstruct) }
  }

  #shape(target: ts.Symbol, node: ts.Declaration, canConstruct: boolean): Shape {
    if (ts.isClassDeclaration(node)) return this.#owner('class', node, canConstruct)
    if (ts.isInterfaceDeclaration(node)) return this.#owner('interface', node, canConstruct)
    if (ts.isTypeAliasDeclaration(node)) return this.#alias(node)
    if (ts.isFunctionDeclaration(node)) {
      const nodes = target.declarations!.filter(ts.isFunctionDeclaration)
      return this.#plain('function', () => this.#texts.ofSignatures(nodes).join('\n'))
    }
    if (ts.isVariableDeclaration(node)) return this.#constant(node)
    throw new Error(`what is ${target.name}?`)
  }

  #plain(kind: Shape['kind'], write: () => string): Shape {
    return { kind, ...this.#texts.withAliases(write), extends: [], members: [] }
  }

  #owner(kind: 'class' | 'interface', node: Owner, canConstruct: boolean): Shape {
    const { text, aliases } = this.#texts.withAliases(() => this.#heritage(node))
    const members = this.#membersOf(node, canConstruct)
    return { kind, text: nameText(node), extends: text, members, aliases }
  }

  /** An alias of an interface that has no public name of its own is that interface. */
  #alias(node: ts.TypeAliasDeclaration): Shape {
    const target = this.#checker.getTypeFromTypeNode(node.type).symbol
    const [aliased] = target?.declarations ?? []
    const isName = ts.isTypeReferenceNode(node.type) && !node.type.typeArguments
    if (isName && aliased && ts.isInterfaceDeclaration(aliased) && !this.#exported.has(target)) {
      return { ...this.#owner('interface', aliased, false), text: nameText(node) }
    }
    return this.#plain('type', () => this.#texts.ofAlias(node))
  }

  #constant(node: ts.VariableDeclaration): Shape {
    const name = node.name.getText()
    const type = this.#checker.getTypeAtLocation(node)
    const members = node.type ? [] : this.#functionsOf(type)
    if (members.length > 0) return { ...this.#plain('const', () => `const ${name}`), members }
    return this.#plain('const', () => {
      const { type: written } = node
      const text = written ? this.#texts.ofNode(written, node) : this.#texts.ofType(type)
      return `const ${name}: ${text}`
    })
  }

  /** The functions of an object, documented where they are declared. */
  #functionsOf(type: ts.Type): Member[] {
    return type.getProperties().flatMap((property) => {
      const signatures = this.#checker.getTypeOfSymbol(property).getCallSignatures()
      const declaration = signatures[0]?.declaration
      if (!declaration || !ts.isFunctionDeclaration(declaration)) return []
      const written = this.#texts.withAliases(() => this.#texts.ofSignatures([declaration]))
      const known = { name: property.name, doc: docOf(declaration), ...written }
      return [{ ...known, kind: 'method', isStatic: true, isOptional: false } as const]
    })
  }

  /** What it extends, but for what is no name of its own. */
  #heritage(node: Owner): string[] {
    const clause = node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)
    const hidden = new Set(
      this.#basesOf(node)
        .filter((base) => this.#isPartOf(node, base))
        .map(({ node: { name } }) => name!.text),
    )
    const types = clause?.types.filter(({ expression }) => {
      const symbol = this.#checker.getSymbolAtLocation(expression)
      return !symbol || !hidden.has(this.#texts.targetOf(symbol).name)
    })
    return types?.map((type) => this.#texts.ofNode(type, node)) ?? []
  }

  /** Whether all that `node` inherits from `base` is shown as its own. */
  #isPartOf(node: Owner, base: Base): boolean {
    if (base.node.name?.text === node.name?.text) return true
    const isOfOthers = base.node.getSourceFile().fileName.includes('/node_modules/')
    return !isOfOthers && !this.#exported.has(base.symbol)
  }

  #membersOf(node: Owner, canConstruct: boolean): Member[] {
    const groups = new Map<string, Element[]>()
    for (const element of node.members as readonly Element[]) {
      if (isHidden(element)) continue
      if (ts.isConstructorDeclaration(element) && !canConstruct) continue
      const isStatic = hasModifier(element, ts.SyntaxKind.StaticKeyword)
      const key = `${isStatic ? 'static ' : ''}${element.name?.getText() ?? 'constructor'}`
      groups.set(key, [...(groups.get(key) ?? []), element])
    }
    const own = [...groups.values()].map((group) => this.#member(group))
    const names = new Set(own.map(({ name }) => name))
    const inherited = this.#basesOf(node)
      .filter((base) => this.#isPartOf(node, base))
      .flatMap((base) => this.#membersOf(base.node, false))
    return [...own, ...inherited.filter(({ name }) => !names.has(name))]
  }

  /** Classes and interfaces that `node` extends, by their names. */
  #basesOf(node: Owner): Base[] {
    const clause = node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)
    return (clause?.types ?? []).flatMap(({ expression }) => {
      const symbol = this.#checker.getSymbolAtLocation(expression)
      const target = symbol && this.#texts.targetOf(symbol)
      const base = target?.declarations?.find(isOwner)
      return base?.name ? [{ symbol: target!, node: base }] : []
    })
  }

  /** `group` is what one member consists of: several where it is overloaded. */
  #member(group: readonly Element[]): Member {
    const [node] = group
    const name = ts.isConstructorDeclaration(node!) ? 'constructor' : node!.name!.getText()
    const doc = group.map(docOf).find(({ text }) => text !== '') ?? docOf(node!)
    const isStatic = hasModifier(node!, ts.SyntaxKind.StaticKeyword)
    const isOptional = 'questionToken' in node! && node.questionToken !== undefined
    const known = { name, isStatic, isOptional, doc: this.#inheritedDoc(node!, doc) }
    const signatures = group.filter(isSignature)
    if (signatures.length === 0) {
      const written = this.#texts.withAliases(() => [this.#texts.ofField(node!)])
      return { ...known, kind: 'field', ...written }
    }
    const written = this.#texts.withAliases(() => this.#texts.ofSignatures(signatures))
    return { ...known, kind: name === 'constructor' ? 'constructor' : 'method', ...written }
  }

  /** A member without a word does what the one that it overrides, or implements, says. */
  #inheritedDoc(node: Element, doc: Doc): Doc {
    if (doc.text !== '' || !ts.isClassDeclaration(node.parent) || !node.name) return doc
    const name = node.name.getText()
    for (const parent of this.#parentsOf(node.parent)) {
      const said = (parent.members as readonly Element[]).find(
        (member) => member.name?.getText() === name,
      )
      if (said && docOf(said).text !== '') return docOf(said)
    }
    return doc
  }

  /** Classes and interfaces that `node` is built on, the nearest first. */
  #parentsOf(node: ts.ClassDeclaration): Owner[] {
    const types = node.heritageClauses?.flatMap((clause) => [...clause.types]) ?? []
    return types.flatMap(({ expression }) => {
      const symbol = this.#checker.getSymbolAtLocation(expression)
      const parent = symbol && this.#texts.targetOf(symbol).declarations?.find(isOwner)
      if (!parent) return []
      return ts.isClassDeclaration(parent) ? [parent, ...this.#parentsOf(parent)] : [parent]
    })
  }
}

function programOf(root: string, paths: readonly string[]): ts.Program {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path))
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  // This compiler keeps the declarations of the language in memory.
  const folder = join(root, libFolderInMemoryPath)
  const libraries = new Map(
    getLibFiles().map(({ fileName, text }) => [join(folder, fileName), text] as const),
  )
  const host = ts.createCompilerHost(options)
  const disk = { ...host }
  host.getDefaultLibLocation = () => folder
  host.getDefaultLibFileName = (given) => join(folder, ts.getDefaultLibFileName(given))
  host.fileExists = (path) => libraries.has(path) || disk.fileExists(path)
  host.readFile = (path) => libraries.get(path) ?? disk.readFile(path)
  return ts.createProgram(paths, { ...options, skipLibCheck: true }, host)
}

/** Returns what has no docstring, of all that a program can use, as `name` or `name.member`. */
function undocumented(declarations: readonly Declaration[]): string[] {
  return declarations.flatMap(({ name, file, doc, members }) => [
    ...(doc.text === '' ? [`${file}: ${name}`] : []),
    ...members
      .filter((member) => member.doc.text === '')
      .map((member) => `${file}: ${name}.${member.name}`),
  ])
}

/** Returns the errors that comments name and that nobody can tell from others. */
function unknownErrors(declarations: readonly Declaration[]): string[] {
  const known = new Set([...declarations.map(({ name }) => name), 'TypeError', 'RangeError'])
  return declarations.flatMap((declaration) =>
    [declaration, ...declaration.members].flatMap(({ name, doc }) =>
      [doc.text, ...doc.throws]
        .flatMap((text) => text.match(/\b[A-Z]\w+Error\b/g) ?? [])
        .filter((error) => !known.has(error))
        .map((error) => `${declaration.file}: ${name} names ${error}, which is not exported`),
    ),
  )
}

function isOwner(node: ts.Node): node is Owner {
  return ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node)
}

function isHidden(node: Element): boolean {
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

function isSignature(node: Element): node is Element & ts.SignatureDeclaration {
  return (
    ts.isMethodDeclaration(node) || ts.isMethodSignature(node) || ts.isConstructorDeclaration(node)
  )
}
