/** `kafka.do/nestjs/microservices`: a transport and a client proxy for Nest's microservices. */

export { KafkaClientProxy, type KafkaClientProxyOptions } from './kafka-client-proxy.ts'
export { KafkaRecordContext } from './kafka-record-context.ts'
export { KafkaTransport, type KafkaTransportOptions } from './kafka-transport.ts'
