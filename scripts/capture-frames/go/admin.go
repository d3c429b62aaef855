package main

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// admin sends the admin client's requests, in the order in which they can succeed.
type admin struct {
	*kadm.Client
	session
	raw   *kgo.Client
	first kadm.TopicsSet
}

func newAdmin(client *kgo.Client, s session) admin {
	var first kadm.TopicsSet
	first.Add(s.topic, 0)
	return admin{Client: kadm.NewClient(client), session: s, raw: client, first: first}
}

// check reports the error of a call whose result nobody needs.
func check[Result any](a admin, what string) func(Result, error) {
	return func(_ Result, err error) { a.attempt(what, err) }
}

func (a admin) topics(ctx context.Context) {
	retention, size := "3600000", "2000000"
	configs := map[string]*string{"retention.ms": &retention}
	check[kadm.CreateTopicResponses](a, "CreateTopics")(a.CreateTopics(ctx, 1, 1, configs, a.topic))
	check[kadm.CreatePartitionsResponses](a, "CreatePartitions")(a.UpdatePartitions(ctx, 2, a.topic))
	check[kadm.TopicDetails](a, "ListTopics")(a.ListTopics(ctx, a.topic))
	check[kadm.ResourceConfigs](a, "DescribeTopicConfigs")(a.DescribeTopicConfigs(ctx, a.topic))
	change := []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "segment.bytes", Value: &size}}
	check[kadm.AlterConfigsResponses](a, "AlterTopicConfigs")(a.AlterTopicConfigs(ctx, change, a.topic))
	check[kadm.AlterConfigsResponses](a, "AlterTopicConfigsState")(a.AlterTopicConfigsState(ctx, change, a.topic))
}

func (a admin) openTransaction(ctx context.Context) {
	check[kadm.ListedTransactions](a, "ListTransactions")(a.ListTransactions(ctx, nil, nil))
	check[kadm.DescribedTransactions](a, "DescribeTransactions")(a.DescribeTransactions(ctx, a.topic+"-transaction"))
	check[kadm.DescribedProducersTopics](a, "DescribeProducers")(a.DescribeProducers(ctx, a.first))
}

func (a admin) groups(ctx context.Context) {
	check[kadm.ListedGroups](a, "ListGroups")(a.ListGroups(ctx))
	check[kadm.DescribedConsumerGroups](a, "DescribeConsumerGroups")(a.DescribeConsumerGroups(ctx, a.topic+"-consumer"))
	a.FindGroupCoordinators(ctx, a.topic+"-classic")
	a.FetchManyOffsets(ctx, a.topic+"-classic", a.topic+"-consumer")
}

func (a admin) emptyGroups(ctx context.Context) {
	group := a.topic + "-classic"
	leave := kadm.LeaveGroup(group).Reason("captured").InstanceIDs("first", "second")
	check[kadm.LeaveGroupResponses](a, "LeaveGroup")(a.LeaveGroup(ctx, leave))
	offsets := make(kadm.Offsets)
	offsets.Add(kadm.Offset{Topic: a.topic, Partition: 0, At: 1, LeaderEpoch: 0, Metadata: "moved"})
	check[kadm.OffsetResponses](a, "CommitOffsets")(a.CommitOffsets(ctx, group, offsets))
	check[kadm.OffsetResponses](a, "FetchOffsets")(a.FetchOffsets(ctx, group))
	check[kadm.DeleteOffsetsResponses](a, "DeleteOffsets")(a.DeleteOffsets(ctx, group, a.first))
	check[kadm.DeleteGroupResponses](a, "DeleteGroups")(a.DeleteGroups(ctx, group))
}

func (a admin) cluster(ctx context.Context) {
	check[kadm.Metadata](a, "BrokerMetadata")(a.BrokerMetadata(ctx))
	check[kadm.ListedOffsets](a, "ListStartOffsets")(a.ListStartOffsets(ctx, a.topic))
	check[kadm.ListedOffsets](a, "ListEndOffsets")(a.ListEndOffsets(ctx, a.topic))
	check[kadm.ListedOffsets](a, "ListOffsetsAfterMilli")(a.ListOffsetsAfterMilli(ctx, 1, a.topic))
	check[kadm.ListedOffsets](a, "ListMaxTimestampOffsets")(a.ListMaxTimestampOffsets(ctx, a.topic))
	var epochs kadm.OffsetForLeaderEpochRequest
	epochs.Add(a.topic, 0, 0)
	check[kadm.OffsetsForLeaderEpochs](a, "OffsetForLeaderEpoch")(a.OffsetForLeaderEpoch(ctx, epochs))
	check[kadm.DescribedAllLogDirs](a, "DescribeLogDirs")(a.DescribeAllLogDirs(ctx, a.first))
	check[kadm.ElectLeadersResults](a, "ElectLeaders")(a.ElectLeaders(ctx, kadm.ElectPreferredReplica, a.first))
	var same kadm.AlterPartitionAssignmentsReq
	same.Assign(a.topic, 0, []int32{1})
	check[kadm.AlterPartitionAssignmentsResponses](a, "AlterPartitionAssignments")(a.AlterPartitionAssignments(ctx, same))
	check[kadm.ListPartitionReassignmentsResponses](a, "ListPartitionReassignments")(a.ListPartitionReassignments(ctx, a.first))
	upgrade := kadm.FeatureUpdate{Feature: "group.version", MaxVersionLevel: 1, UpgradeType: 1}
	check[kadm.UpdatedFeatures](a, "UpdateFeatures")(a.UpdateFeatures(ctx, true, upgrade))
	check[kadm.ListedConfigResources](a, "ListConfigResources")(a.ListConfigResources(ctx))
	// kadm has no call for these two.
	for _, request := range []kmsg.Request{describeCluster(), describeTopic(a.topic)} {
		check[kmsg.Response](a, kmsg.NameForKey(request.Key()))(a.raw.Request(ctx, request))
	}
}

func describeCluster() kmsg.Request {
	request := kmsg.NewPtrDescribeClusterRequest()
	request.IncludeClusterAuthorizedOperations = true
	return request
}

func describeTopic(name string) kmsg.Request {
	request := kmsg.NewPtrDescribeTopicPartitionsRequest()
	topic := kmsg.NewDescribeTopicPartitionsRequestTopic()
	topic.Topic = name
	request.Topics = append(request.Topics, topic)
	return request
}

func (a admin) security(ctx context.Context) {
	acl := kadm.NewACLs().Topics("other-").ResourcePatternType(kadm.ACLPatternPrefixed).
		Operations(kadm.OpRead).Allow("User:bob").AllowHosts("*")
	check[kadm.CreateACLsResults](a, "CreateACLs")(a.CreateACLs(ctx, acl))
	awaitPropagation()
	check[kadm.DescribeACLsResults](a, "DescribeACLs")(a.DescribeACLs(ctx, acl))
	check[kadm.DeleteACLsResults](a, "DeleteACLs")(a.DeleteACLs(ctx, acl))

	scram := kadm.UpsertSCRAM{User: "bob", Mechanism: kadm.ScramSha256, Iterations: 4096, Password: "bob-secret"}
	check[kadm.AlteredUserSCRAMs](a, "AlterUserSCRAMs")(a.AlterUserSCRAMs(ctx, nil, []kadm.UpsertSCRAM{scram}))
	awaitPropagation()
	check[kadm.DescribedUserSCRAMs](a, "DescribeUserSCRAMs")(a.DescribeUserSCRAMs(ctx, "bob"))

	bob := "bob"
	quota := kadm.AlterClientQuotaEntry{
		Entity: kadm.ClientQuotaEntity{{Type: "user", Name: &bob}},
		Ops:    []kadm.AlterClientQuotaOp{{Key: "consumer_byte_rate", Value: 1e6}},
	}
	check[kadm.AlteredClientQuotas](a, "AlterClientQuotas")(a.AlterClientQuotas(ctx, []kadm.AlterClientQuotaEntry{quota}))
	anyUser := []kadm.DescribeClientQuotaComponent{{Type: "user", MatchType: 2}}
	awaitPropagation()
	check[kadm.DescribedClientQuotas](a, "DescribeClientQuotas")(a.DescribeClientQuotas(ctx, true, anyUser))
}

// awaitPropagation waits for the broker, which learns of changes a moment after the controller.
func awaitPropagation() { time.Sleep(200 * time.Millisecond) }

func (a admin) deletions(ctx context.Context) {
	upTo := make(kadm.Offsets)
	upTo.Add(kadm.Offset{Topic: a.topic, Partition: 0, At: 1})
	check[kadm.DeleteRecordsResponses](a, "DeleteRecords")(a.DeleteRecords(ctx, upTo))
	check[kadm.DeleteTopicResponses](a, "DeleteTopics")(a.DeleteTopics(ctx, a.topic))
}
