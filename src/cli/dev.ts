/** `kafka.do dev`: a broker with a sample topic that real data flows into. */

import { Command } from 'commander'
import { Kafka } from '../index-node.ts'
import {
  announce,
  startServer,
  stopRequested,
  untilStopped,
  type ServerFlags,
} from './run-server.ts'
import { createSampleTopic, feedSample, sampleTopic } from './sample.ts'
import { addServerOptions } from './serve.ts'
import { MisuseError, type Output } from './output.ts'

interface DevFlags extends ServerFlags {
  readonly rate: string
}

export function devCommand(output: Output): Command {
  return addServerOptions(new Command('dev'))
    .description(`run a broker with a sample topic, '${sampleTopic}', to try things on`)
    .option('--rate <count>', 'sample records a second', '5')
    .action(async (flags: DevFlags) => {
      const perSecond = Number(flags.rate)
      if (!(perSecond > 0 && perSecond <= 1000)) {
        throw new MisuseError(`--rate must be a number up to 1000, not '${flags.rate}'`)
      }
      if (flags.tlsCert !== undefined || flags.auth === 'required') {
        throw new MisuseError('dev is for trying things, without TLS and keys; serve has both')
      }
      const stopping = stopRequested()
      const server = await startServer({ ...flags, auth: 'none' })
      const kafka = new Kafka({ url: server.url })
      const stopped = new AbortController()
      try {
        announce(server, flags, output)
        const isNew = await createSampleTopic(kafka)
        const feed = feedSample(kafka, { perSecond, isNew, signal: stopped.signal })
        output.note(`  sample topic   ${sampleTopic}, ${perSecond} records a second; try:`)
        output.note(`  ${commandName()} consume ${sampleTopic} --url ${server.url}`)
        await Promise.race([untilStopped(server, stopping, output), feed])
        stopped.abort()
        await feed
      } finally {
        stopped.abort()
        await kafka.close()
        await server.close()
      }
    })
}

/** How this program is called: from a clone of the repository, or as an installed package. */
function commandName(): string {
  return process.argv[1]?.endsWith('.ts') ? 'npm run --silent kafka.do --' : 'npx kafka.do'
}
