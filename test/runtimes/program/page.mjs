/** The program in a page: `play` plays the steps over the connections given. */

import { Kafka } from 'kafka.do'
import { MockKafka } from 'kafka.do/testing'
import { playSteps } from './steps.mjs'

globalThis.play = async (connections) => {
  const outcomes = []
  for (const given of connections) {
    const at = given.indexOf('=')
    const [connection, url] = [given.slice(0, at), given.slice(at + 1)]
    const kafka = url === 'mock' ? new MockKafka() : new Kafka({ url })
    await playSteps(kafka, { connection, report: (outcome) => outcomes.push(outcome) })
    await kafka.close()
  }
  return outcomes
}
