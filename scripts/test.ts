/**
 * `npm test`: the unit tests beside the code and the integration tests, which need nothing but
 * what npm installed. Arguments are files to run instead; `npm test -- src/log/*.test.ts`.
 */

import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { runNode } from './run.ts'

const chosen = process.argv.slice(2)
const options = chosen.filter((argument) => argument.startsWith('--'))
const named = chosen.filter((argument) => !argument.startsWith('--'))
const files =
  named.length > 0
    ? named
    : globSync('{src,bench,test}/**/*.test.ts', {
        exclude: ['**/node_modules', '**/.cache', '**/target'],
      })

// Node's default leaves one processor idle, which of two is half of all.
const defaults = ['--test-timeout=120000', `--test-concurrency=${availableParallelism()}`]
process.exitCode = runNode('--test', ...defaults, ...options, ...files.sort())
