/**
 * Where the answers of our broker and Apache Kafka may differ, each with the reason; the list is
 * in docs/compatibility.md too. An entry that a run does not come across fails the run.
 */

import type { Difference } from './compare.ts'

export interface ListedDifference {
  /** @default any API */
  readonly api?: string
  /** Of the label of a step. @default any */
  readonly step?: RegExp
  readonly path: RegExp
  readonly when?: (difference: Difference) => boolean
  readonly reason: string
}

/** The entry of a list of configs that only one side has. */
function config(difference: Difference): string {
  const entry = (difference.theirs ?? difference.ours) as { readonly name?: string } | null
  return entry?.name ?? ''
}

export const listedDifferences: readonly ListedDifference[] = [
  {
    api: 'Fetch',
    path: /^sessionId$/,
    when: ({ ours }) => ours === 0,
    reason: 'fetch sessions are answered with session 0: clients send whole requests',
  },
  {
    path: /configs\[\]$/,
    when: (difference) => /^(local\.retention|remote)\./.test(config(difference)),
    reason: 'there is no remote storage',
  },
  {
    api: 'CreateTopics',
    path: /configs\[\]\.configSource$/,
    reason: 'Kafka sets min.insync.replicas for the whole cluster; here it is a default',
  },
  {
    api: 'CreateTopics',
    step: /only validated/,
    path: /topicId$/,
    reason: 'a topic that is only validated has no id; Kafka makes one up',
  },
  {
    api: 'Metadata',
    step: /unknown, created/,
    path: /^topics\[\]\.(errorCode|topicId|partitions\[\])$/,
    reason: 'a topic that metadata creates is in the answer; Kafka has it in the next one',
  },
  {
    api: 'Metadata',
    step: /neither id nor name/,
    path: /errorCode$/,
    when: ({ theirs }) => theirs === 'UNKNOWN_SERVER_ERROR',
    reason: 'Kafka fails on a topic with neither id nor name; here it is an invalid topic',
  },
  {
    api: 'Metadata',
    step: /neither id nor name/,
    path: /^(brokers\[\]|clusterId|controllerId|topics\[\]\.name)$/,
    reason: 'Kafka fails on a topic with neither id nor name, and then tells of no brokers',
  },
  {
    api: 'CreatePartitions',
    step: /far too many/,
    path: /errorCode$/,
    when: ({ theirs }) => theirs === 'UNKNOWN_SERVER_ERROR',
    reason: 'Kafka fails on too many partitions; here that is a policy violation',
  },
  {
    api: 'Produce',
    step: /one partition twice/,
    path: /partitionResponses\[\]/,
    reason: 'a partition that is named twice is appended to twice; Kafka takes the last one',
  },
  {
    api: 'Produce',
    path: /logStartOffset$/,
    when: ({ ours }) => ours === -1,
    reason: 'an error of a produce request comes without the log start offset',
  },
  {
    api: 'Produce',
    step: /trailing/,
    path: /(errorCode|baseOffset)$/,
    reason: 'bytes behind a batch are refused; Kafka drops them',
  },
  {
    api: 'Produce',
    step: /count and delta|gzip|snappy|lz4|zstd|from now|damaged|base offset 100/,
    path: /(errorCode|baseOffset|recordErrors\[\]|logStartOffset)$/,
    reason: 'records inside of a batch are not looked at, nor its base offset: the CRC must fit',
  },
  {
    api: 'Fetch',
    step: /^all of produce/,
    path: /^responses\[\]\.partitions\[\]\.(highWatermark|lastStableOffset|records)/,
    reason: 'what was accepted above is there; the largest timestamp is the one of the header',
  },
  {
    api: 'Produce',
    step: /log append time|compression [57]/,
    path: /(errorCode|baseOffset)$/,
    reason: 'a batch with log append time, or a codec that there is not, is refused by name',
  },
  {
    api: 'Produce',
    step: /timestamps far ahead|from now/,
    path: /recordErrors\[\]$/,
    reason: 'a timestamp out of range is an error of the batch, not of single records',
  },
  {
    api: 'Produce',
    step: /again$/,
    path: /logAppendTimeMs$/,
    reason: 'Kafka answers a batch that came twice with its timestamp as the log append time',
  },
  {
    api: 'Produce',
    step: /negative epoch/,
    path: /errorCode$/,
    reason: 'a batch with a producer id and no epoch is an invalid record to us, whoever sends it',
  },
  {
    api: 'Fetch',
    step: /negative bytes|isolation level/,
    path: /./,
    when: ({ theirs, path }) => theirs === 'UNKNOWN_SERVER_ERROR' || !path.includes('errorCode'),
    reason: 'Kafka fails on negative limits and unknown isolation levels; here they are 0',
  },
  {
    api: 'Fetch',
    step: /less than two batches/,
    path: /bytesOfCutBatch$/,
    reason: 'a fetch is answered with whole batches; Kafka cuts the last one',
  },
  {
    api: 'Fetch',
    step: /a last epoch to come/,
    path: /./,
    reason: 'the last fetched epoch is not looked at, which only replicas send',
  },
  {
    api: 'DeleteTopics',
    step: /by name, and again by id/,
    path: /topicId$/,
    reason: 'a topic that is named by name and by id is answered as it was named first',
  },
  {
    api: 'Fetch',
    step: /follower/,
    path: /currentLeader\./,
    reason: 'who fetches as a replica is not told of the leader',
  },
  {
    api: 'ListGroups',
    path: /^groups\[\]$/,
    when: ({ ours }) => ours === undefined,
    reason: 'a join that is refused leaves no empty group behind',
  },
  {
    api: 'ListGroups',
    path: /groupState$/,
    when: ({ theirs }) => theirs === 'Assigning',
    reason: 'assignments are made within the heartbeat; Kafka makes some a moment later',
  },
  {
    api: 'ConsumerGroupHeartbeat',
    path: /^(memberEpoch|assignment(\..*)?)$/,
    reason:
      'epochs of groups begin at 1, in Kafka at 2; patterns are resolved at once, not later; an ' +
      'assignment is told until the member has it, in Kafka once',
  },
  {
    api: 'ConsumerGroupDescribe',
    path: /(groupEpoch|assignmentEpoch|memberEpoch|groupState)$/,
    reason: 'epochs of groups begin at 1, in Kafka at 2; assignments are made at once',
  },
  {
    api: 'JoinGroup',
    step: /to a consumer group/,
    path: /errorCode$/,
    when: ({ theirs }) => theirs === 'UNKNOWN_SERVER_ERROR',
    reason: 'Kafka fails on a member of a consumer group without a readable subscription',
  },
  {
    api: 'ListTransactions',
    step: /for an hour|for no time/,
    path: /^transactionStates\[\]$/,
    reason: 'a transactional id that never had a transaction is not as old as time, as in Kafka',
  },
  {
    api: 'DescribeProducers',
    path: /lastTimestamp$/,
    reason: 'a marker does not count as the last time that a producer wrote',
  },
  {
    api: 'Produce',
    step: /in a transaction|before it was added/,
    path: /logAppendTimeMs$/,
    reason: 'Kafka answers a batch that came twice with its timestamp as the log append time',
  },
  {
    api: 'WriteTxnMarkers',
    step: /no partitions/,
    path: /^markers\[\]$/,
    reason: 'a marker for no partitions is answered',
  },
  {
    api: 'ApiVersions',
    path: /^apiKeys\[\]/,
    reason: 'more old versions are served than by Kafka 4, and not the APIs between brokers',
  },
  {
    api: 'ApiVersions',
    path: /^(supported|finalized)Features\[\]/,
    reason: 'levels of features are those of one broker; there are no eligible leader replicas',
  },
  {
    api: 'SaslHandshake',
    path: /./,
    reason: 'SASL is answered on a port that does not ask for it, for clients that insist',
  },
  {
    api: 'DescribeConfigs',
    path: /configs\[\]/,
    reason: 'the broker has fewer configs, with values of its own; min.insync.replicas is fixed',
  },
  {
    api: 'AlterConfigs',
    step: /all brokers|no config of the broker|logger/,
    path: /errorCode$/,
    reason: 'of the configs of a broker only the defaults of topics can be changed while it runs',
  },
  {
    api: 'IncrementalAlterConfigs',
    step: /all brokers|no config of the broker|logger/,
    path: /errorCode$/,
    reason: 'of the configs of a broker only the defaults of topics can be changed while it runs',
  },
  {
    api: 'ElectLeaders',
    step: /^all/,
    path: /^replicaElectionResults\[\]$/,
    reason: 'topics in which nothing was elected are not named',
  },
  {
    api: 'DescribeLogDirs',
    path: /(total|usable)Bytes$/,
    reason: 'how large the volume is, is not told',
  },
  {
    api: 'DescribeQuorum',
    path: /(leaderEpoch|highWatermark|logEndOffset|nodes\[\](\..*)?)$/,
    reason: 'the metadata log has other records, and clients reach it on the one port',
  },
  {
    api: 'AlterUserScramCredentials',
    step: /no password/,
    path: /errorCode$/,
    when: ({ theirs }) => theirs === 'UNKNOWN_SERVER_ERROR',
    reason: 'Kafka fails on an empty salted password; here that is an unacceptable credential',
  },
  {
    api: 'UpdateFeatures',
    step: /one twice/,
    path: /^(errorCode|results\[\])$/,
    reason: 'a feature that is named twice is refused; Kafka takes the last one',
  },
  {
    path: /^(principal(Type|Name)|tokenRequester.*|(issue|expiry|max)TimestampMs)$/,
    reason: 'there are no delegation tokens: the error comes without the other fields of one',
  },
]
