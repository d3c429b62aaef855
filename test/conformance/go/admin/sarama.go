package main

import (
	"context"

	"github.com/IBM/sarama"
)

func administerBySarama(context.Context) {
	config := sarama.NewConfig()
	config.Version = sarama.MaxVersion
	config.Producer.Return.Successes = true
	config.Producer.Partitioner = sarama.NewManualPartitioner
	config.Net.SASL.Enable = true
	config.Net.SASL.User = user
	config.Net.SASL.Password = password
	client := value(sarama.NewClient([]string{bootstrap}, config))
	defer client.Close()
	admin := value(sarama.NewClusterAdminFromClient(client))
	must(admin.CreateTopic(topic, &sarama.TopicDetail{NumPartitions: 2, ReplicationFactor: -1}, false))
	must(admin.CreatePartitions(topic, 3, nil, false))
	described := value(admin.DescribeTopics([]string{topic}))
	check("topics", len(described) == 1, described)
	check("partitions", len(described[0].Partitions) == 3, described)
	retention := "200000"
	change := sarama.IncrementalAlterConfigsEntry{
		Operation: sarama.IncrementalAlterConfigsOperationSet, Value: &retention,
	}
	changes := map[string]sarama.IncrementalAlterConfigsEntry{"retention.ms": change}
	must(admin.IncrementalAlterConfig(sarama.TopicResource, topic, changes, false))
	resource := sarama.ConfigResource{Type: sarama.TopicResource, Name: topic}
	for _, entry := range value(admin.DescribeConfig(resource)) {
		if entry.Name == "retention.ms" {
			check("configs", entry.Value == retention, entry)
		}
	}

	producer := value(sarama.NewSyncProducerFromClient(client))
	for range 10 {
		_, _, err := producer.SendMessage(&sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder("x")})
		must(err)
	}
	offsets := value(sarama.NewOffsetManagerFromClient(group, client))
	partition := value(offsets.ManagePartition(topic, 0))
	partition.MarkOffset(7, "")
	offsets.Commit()
	must(partition.Close())
	must(offsets.Close())
	listed := value(admin.ListConsumerGroupOffsets(group, map[string][]int32{topic: {0}}))
	check("offsets", listed.GetBlock(topic, 0).Offset == 7, listed)
	must(admin.DeleteRecords(topic, map[int32]int64{0: 3}))
	start := value(client.GetOffset(topic, 0, sarama.OffsetOldest))
	check("delete-records", start == 3, start)
	groups := value(admin.ListConsumerGroups())
	_, isListed := groups[group]
	check("groups", isListed, groups)
	value(admin.DescribeConsumerGroups([]string{group}))
	must(admin.DeleteConsumerGroup(group))

	name, principal, host := topic, "User:ann", "*"
	acl := sarama.Acl{
		Principal: principal, Host: host, Operation: sarama.AclOperationRead, PermissionType: sarama.AclPermissionAllow,
	}
	place := sarama.Resource{
		ResourceType: sarama.AclResourceTopic, ResourceName: name, ResourcePatternType: sarama.AclPatternLiteral,
	}
	must(admin.CreateACL(place, acl))
	filter := sarama.AclFilter{
		ResourceType: sarama.AclResourceTopic, ResourceName: &name, ResourcePatternTypeFilter: sarama.AclPatternLiteral,
		Principal: &principal, Host: &host, Operation: sarama.AclOperationRead,
		PermissionType: sarama.AclPermissionAllow,
	}
	acls := value(admin.ListAcls(filter))
	check("acls", len(acls) == 1, acls)
	value(admin.DeleteACL(filter, false))
	scramUser := "user of " + group
	upsert := sarama.AlterUserScramCredentialsUpsert{
		Name: scramUser, Mechanism: sarama.SCRAM_MECHANISM_SHA_512, Iterations: 4096,
		Salt: []byte("a salt of bytes"), Password: []byte("password"),
	}
	value(admin.UpsertUserScramCredentials([]sarama.AlterUserScramCredentialsUpsert{upsert}))
	users := value(admin.DescribeUserScramCredentials([]string{scramUser}))
	check("scram-users", len(users) == 1 && len(users[0].CredentialInfos) == 1, users)
	entity := []sarama.QuotaEntityComponent{
		{EntityType: sarama.QuotaEntityUser, MatchType: sarama.QuotaMatchExact, Name: "bob"},
	}
	quota := sarama.ClientQuotasOp{Key: "producer_byte_rate", Value: 1e6}
	must(admin.AlterClientQuotas(entity, quota, false))
	component := sarama.QuotaFilterComponent{
		EntityType: sarama.QuotaEntityUser, MatchType: sarama.QuotaMatchExact, Match: "bob",
	}
	quotas := value(admin.DescribeClientQuotas([]sarama.QuotaFilterComponent{component}, true))
	check("quotas", len(quotas) == 1, quotas)
	must(admin.DeleteTopic(topic))
	_, isThere := value(admin.ListTopics())[topic]
	check("topics", !isThere, "is still there")
}
