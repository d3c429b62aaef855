import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { countExecutions, hasRun } from './executed.ts'

const source = `
/** never(called) */
interface Shape { readonly side: number }
export function area(shape: Shape, isRound: boolean): number {
  if (isRound) return round(shape)
  return square<Shape>(
    shape)
}
const round = (shape: Shape): number => Math.PI * shape.side
const square = <Any extends Shape>(shape: Any): number => shape.side ** 2
const unused = { of: () => Math.random() } // never(called)
`

test('hasRun() knows what ran, through types and line breaks, and no comments', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kafka-do-executed-'))
  try {
    const file = join(folder, 'area.ts')
    writeFileSync(file, source)
    const { href } = pathToFileURL(file)
    const executions = await countExecutions()
    const { area } = (await import(href)) as { area: (shape: object, isRound: boolean) => number }
    assert.equal(area({ side: 3 }, false), 9)
    const gaps = (await executions.stop()).get(href)!
    assert.ok(hasRun(source, 'square<Shape>( shape)', gaps))
    assert.ok(hasRun(source, 'shape.side ** 2', gaps))
    assert.ok(!hasRun(source, 'return round(shape)', gaps))
    assert.ok(!hasRun(source, 'Math.PI * shape.side', gaps))
    assert.ok(!hasRun(source, 'Math.random()', gaps))
    assert.ok(!hasRun(source, 'never(called)', gaps))
    assert.ok(!hasRun(source, 'nowhere', gaps))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
