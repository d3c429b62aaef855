/** The reference that `npm run docs` writes: what it takes from a program, and what it complains about. */

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { PublicApi } from '../../scripts/docs/public-api.ts'
import { renderReference } from '../../scripts/docs/render.ts'

const files = {
  'tsconfig.json': '{"compilerOptions": {"noLib": true, "allowImportingTsExtensions": true}}',
  'src/index.ts': `
    export { Pot, brew } from './pot.ts'
    export type { Lid } from './pot.ts'`,
  'src/client/kettle.ts': `
    export interface Heated {
      /** Warms it up. @throws Error where it is empty */
      warm(degrees: number): void
    }
    export class Kettle {
      /** What is in it, in litres. */
      readonly content: number = 0
      #secret = 1
    }`,
  'src/pot.ts': `
    import { Kettle, type Heated } from './client/kettle.ts'
    /** Holds tea. */
    export class Pot extends Kettle implements Heated {
      warm(degrees: number, options: { readonly isGas?: boolean } = {}): void {}
      pour() {}
      /** Fills a cup. @throws SpillError, TypeError */
      fill(cup: Cup, taste?: Taste): void {}
      /** @internal */
      leak(): void {}
    }
    export class Lid {
      constructor(size: number) {}
      /** @default 'round' */
      readonly shape?: Shape
    }
    type Shape = 'round' | 'square'
    type Taste = (sugar: number) => Sweetness
    type Sweetness = { readonly isSweet: boolean }
    interface Cup {}
    /** Makes tea. */
    export function brew(minutes: number): Pot { return new Pot() }`,
}

function apiOf(folder: string): PublicApi {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return new PublicApi(folder, [{ module: 'teapot', file: 'src/index.ts' }])
}

test('the reference has what programs can use, and knows what has no comment', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'kafka-do-reference-')))
  try {
    mkdirSync(join(folder, 'src', 'client'), { recursive: true })
    const api = apiOf(folder)
    const { declarations } = api
    const [pot, brew, lid] = declarations
    assert.deepEqual(
      pot!.members.map(({ name, text }) => [name, text]),
      [
        ['warm', ['warm(degrees: number, options?: { readonly isGas?: boolean }): void']],
        ['pour', ['pour(): void']],
        ['fill', ['fill(cup: Cup, taste?: Taste): void']],
        ['content', ['number']],
      ],
    )
    assert.deepEqual(pot!.members[0]!.doc.throws, ['Error where it is empty'])
    assert.equal(brew!.text, 'brew(minutes: number): Pot')
    assert.equal(lid!.isTypeOnly, true)
    assert.deepEqual(lid!.members[0]!.text, ["'round' | 'square'"])
    assert.deepEqual(pot!.members[2]!.aliases, [
      'type Taste = (sugar: number) => Sweetness',
      'type Sweetness = { readonly isSweet: boolean }',
    ])
    assert.deepEqual(api.problems(), [
      'src/pot.ts: Pot.pour has no comment',
      'src/pot.ts: Lid has no comment',
      'src/pot.ts: Lid.shape has no comment',
      'src/pot.ts: fill names SpillError, which is not exported',
      'Cup is not exported, and is in Pot.fill',
    ])
    const here = declarations.map((each) => ({ ...each, file: 'src/index.ts' }))
    const page = renderReference(here).get('client.md')!
    assert.match(page, /import \{ Pot \} from 'teapot'\n\nclass Pot\n/)
    assert.match(page, /### Pot\.warm\(\)[^]*Warms it up\.\n\nThrows Error where it is empty\./)
    assert.match(page, /\| `shape\?` \| `'round' \\\| 'square'` \| `'round'` \|/)
    assert.match(page, /import type \{ Lid \}/)
    assert.doesNotMatch(page, /leak|secret|Kettle/)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
