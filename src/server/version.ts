/** The version of this package, from its manifest. */

import { readFileSync } from 'node:fs'

const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')

export const version = (JSON.parse(manifest) as { version: string }).version
