/** The projects of strangers that the package's types are compiled in, as their tsconfig.json. */

export interface Project {
  readonly name: string
  /** Whether it is compiled by the oldest compiler that the package is for, not by ours. */
  readonly isForOldest?: boolean
  readonly compilerOptions: Readonly<Record<string, unknown>>
  /** More files than the programs of `test/types`, by name. */
  readonly files?: Readonly<Record<string, string>>
  /** Programs of `test/types` that are not in it; `*` for none of them. */
  readonly without?: readonly string[]
}

/** Our declarations are looked at as strictly as a program is: nothing of theirs may be skipped. */
const strictest = {
  strict: true,
  noEmit: true,
  skipLibCheck: false,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  allowImportingTsExtensions: true,
}

export const projects: readonly Project[] = [
  {
    name: 'a program for Node',
    compilerOptions: { ...strictest, module: 'nodenext', target: 'es2023', types: ['node'] },
  },
  {
    name: 'a program for Node, compiled by the oldest compiler',
    isForOldest: true,
    compilerOptions: { ...strictest, module: 'nodenext', target: 'es2023', types: ['node'] },
    // The types of these libraries take it half a minute.
    without: ['schemas.ts'],
  },
  {
    name: 'a page, bundled',
    compilerOptions: {
      ...strictest,
      module: 'esnext',
      moduleResolution: 'bundler',
      target: 'es2022',
      lib: ['es2022', 'dom'],
      types: [],
    },
    // The declarations of arktype and Nest need those of Node.
    without: ['schemas.ts', 'in-nest.ts'],
  },
  {
    name: 'CommonJS',
    compilerOptions: { ...strictest, module: 'nodenext', target: 'es2023', types: ['node'] },
    files: {
      'program.cts': `
import { Kafka } from 'kafka.do'
import { MockKafka } from 'kafka.do/testing'
import { KafkaServer } from 'kafka.do/server'
export const kafka: Kafka = new MockKafka()
export const value: Promise<number | undefined> = new Kafka()
  .consumer<number>('numbers')
  .first()
  .then((record) => record?.value)
export const server: Promise<KafkaServer> = KafkaServer.start({ port: 0 })
`,
    },
    without: ['*'],
  },
]
