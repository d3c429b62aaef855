/** DescribeCluster: the one broker, at the address that the client dialled. */

import type { describeCluster } from '../../protocol/describe-cluster.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import type { Handler } from '../request-context.ts'
import { clusterOperations, operationsNotAsked } from '../security/access.ts'

const brokersEndpoint = 1
const controllersEndpoint = 2

export const handleDescribeCluster: Handler<typeof describeCluster> = (request, context) => {
  const { broker, peer } = context
  if (request.endpointType === controllersEndpoint) {
    return {
      errorCode: errorCodes.MISMATCHED_ENDPOINT_TYPE,
      errorMessage: 'This is the endpoint of a broker, not of a controller.',
    }
  }
  if (request.endpointType !== brokersEndpoint) {
    const errorMessage = `There is no endpoint of type ${request.endpointType}.`
    return { errorCode: errorCodes.UNSUPPORTED_ENDPOINT_TYPE, errorMessage }
  }
  const { nodeId } = broker.options
  return {
    errorCode: errorCodes.NONE,
    endpointType: brokersEndpoint,
    clusterId: broker.clusterId,
    controllerId: nodeId,
    brokers: [{ brokerId: nodeId, ...peer.dialled }],
    clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
      ? clusterOperations(context)
      : operationsNotAsked,
  }
}
