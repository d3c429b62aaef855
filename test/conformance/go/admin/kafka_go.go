package main

import (
	"context"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl/scram"
)

func administerByKafkaGo(ctx context.Context) {
	mechanism := value(scram.Mechanism(scram.SHA256, user, password))
	transport := &kafka.Transport{SASL: mechanism}
	client := &kafka.Client{Addr: kafka.TCP(bootstrap), Transport: transport}
	config := kafka.TopicConfig{Topic: topic, NumPartitions: 2, ReplicationFactor: 1}
	created := value(client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{config}}))
	must(created.Errors[topic])
	more := kafka.TopicPartitionsConfig{Name: topic, Count: 3}
	grown := value(client.CreatePartitions(ctx, &kafka.CreatePartitionsRequest{
		Topics: []kafka.TopicPartitionsConfig{more},
	}))
	must(grown.Errors[topic])
	// What a transport knows of topics is some seconds old; this one knows nothing yet.
	fresh := &kafka.Client{Addr: kafka.TCP(bootstrap), Transport: &kafka.Transport{SASL: mechanism}}
	metadata := value(fresh.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{topic}}))
	check("topics", len(metadata.Topics) == 1, metadata)
	check("partitions", len(metadata.Topics[0].Partitions) == 3, metadata)
	change := kafka.IncrementalAlterConfigsRequestConfig{Name: "retention.ms", Value: "200000"}
	value(client.IncrementalAlterConfigs(ctx, &kafka.IncrementalAlterConfigsRequest{
		Resources: []kafka.IncrementalAlterConfigsRequestResource{{
			ResourceType: kafka.ResourceTypeTopic, ResourceName: topic,
			Configs: []kafka.IncrementalAlterConfigsRequestConfig{change},
		}},
	}))
	described := value(client.DescribeConfigs(ctx, &kafka.DescribeConfigsRequest{
		Resources: []kafka.DescribeConfigRequestResource{{
			ResourceType: kafka.ResourceTypeTopic, ResourceName: topic, ConfigNames: []string{"retention.ms"},
		}},
	}))
	entries := described.Resources[0].ConfigEntries
	check("configs", len(entries) == 1 && entries[0].ConfigValue == "200000", entries)

	commit := kafka.OffsetCommit{Partition: 0, Offset: 7}
	value(client.OffsetCommit(ctx, &kafka.OffsetCommitRequest{
		GroupID: group, GenerationID: -1, Topics: map[string][]kafka.OffsetCommit{topic: {commit}},
	}))
	fetched := value(client.OffsetFetch(ctx, &kafka.OffsetFetchRequest{
		GroupID: group, Topics: map[string][]int{topic: {0}},
	}))
	check("offsets", fetched.Topics[topic][0].CommittedOffset == 7, fetched)
	groups := value(client.ListGroups(ctx, &kafka.ListGroupsRequest{}))
	isListed := false
	for _, listed := range groups.Groups {
		isListed = isListed || listed.GroupID == group
	}
	check("groups", isListed, groups)
	value(client.DescribeGroups(ctx, &kafka.DescribeGroupsRequest{GroupIDs: []string{group}}))
	value(client.DeleteGroups(ctx, &kafka.DeleteGroupsRequest{GroupIDs: []string{group}}))

	acl := kafka.ACLEntry{
		ResourceType: kafka.ResourceTypeTopic, ResourceName: topic, ResourcePatternType: kafka.PatternTypeLiteral,
		Principal: "User:ann", Host: "*",
		Operation: kafka.ACLOperationTypeRead, PermissionType: kafka.ACLPermissionTypeAllow,
	}
	value(client.CreateACLs(ctx, &kafka.CreateACLsRequest{ACLs: []kafka.ACLEntry{acl}}))
	acls := value(client.DescribeACLs(ctx, &kafka.DescribeACLsRequest{Filter: kafka.ACLFilter{
		ResourceTypeFilter: kafka.ResourceTypeTopic, ResourceNameFilter: topic,
		ResourcePatternTypeFilter: kafka.PatternTypeLiteral,
		Operation:                 kafka.ACLOperationTypeAny, PermissionType: kafka.ACLPermissionTypeAny,
	}}))
	check("acls", len(acls.Resources) == 1, acls)
	deleted := value(client.DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: []string{topic}}))
	must(deleted.Errors[topic])
}
