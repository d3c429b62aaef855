/**
 * The program as a Worker: `GET /?connect=websocket=http://…` plays the steps and answers with the
 * outcomes. Also what is only there: a client that a Durable Object keeps between requests.
 */

import { Kafka } from 'kafka.do'
import { MockKafka } from 'kafka.do/testing'
import { equal, parseConnection, playSteps } from './steps.mjs'

export default {
  async fetch(request, env) {
    const outcomes = []
    const report = (outcome) => outcomes.push(outcome)
    for (const given of new URL(request.url).searchParams.getAll('connect')) {
      const { connection, url, options } = parseConnection(given)
      const kafka = url === 'mock' ? new MockKafka() : new Kafka(options)
      await playSteps(kafka, { connection, report })
      await kafka.close()
      if (connection === 'websocket') report(await keepClient(env, url))
    }
    return Response.json(outcomes)
  },
}

/** Counts in a topic, with one client for all requests. */
export class Keeper {
  #kafka

  async fetch(request) {
    const { searchParams } = new URL(request.url)
    this.#kafka ??= new Kafka({ url: searchParams.get('url') })
    const { offset } = await this.#kafka.produce(searchParams.get('topic'), 'kept')
    return Response.json(offset)
  }
}

async function keepClient(env, url) {
  const outcome = { connection: 'websocket', step: 'a client between requests' }
  const query = new URLSearchParams({ url, topic: `kept-${Math.random().toString(36).slice(2)}` })
  const keeper = env.KEEPER.get(env.KEEPER.idFromName('keeper'))
  try {
    for (const expected of [0, 1, 2]) {
      const answer = await keeper.fetch(`http://keeper/?${query}`)
      equal(await answer.json(), expected, 'offset')
    }
    return { ...outcome, result: 'passed', detail: null, tookMs: 0 }
  } catch (error) {
    return { ...outcome, result: 'failed', detail: String(error?.stack ?? error), tookMs: 0 }
  }
}
