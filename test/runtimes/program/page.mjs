/** The program in a page: `play` plays the steps over the connections given. */

import { Kafka } from 'kafka.do'
import { Kafka as StreamingKafka } from 'kafka.do/streams'
import { MockKafka } from 'kafka.do/testing'
import { parseConnection, playSteps } from './steps.mjs'

globalThis.play = async (connections) => {
  const outcomes = []
  for (const given of connections) {
    const { connection, url, options } = parseConnection(given)
    const Client = connection.startsWith('streams') ? StreamingKafka : Kafka
    const kafka = url === 'mock' ? new MockKafka() : new Client(options)
    await playSteps(kafka, { connection, report: (outcome) => outcomes.push(outcome) })
    await kafka.close()
  }
  return outcomes
}
