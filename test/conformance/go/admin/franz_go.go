package main

import (
	"context"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

func administerByFranzGo(ctx context.Context) {
	auth := scram.Auth{User: user, Pass: password}.AsSha256Mechanism()
	manual := kgo.RecordPartitioner(kgo.ManualPartitioner())
	client := value(kgo.NewClient(kgo.SeedBrokers(bootstrap), kgo.SASL(auth), manual))
	defer client.Close()
	admin := kadm.NewClient(client)
	value(admin.CreateTopic(ctx, 2, -1, nil, topic))
	must(value(admin.UpdatePartitions(ctx, 3, topic)).Error())
	topics := value(admin.ListTopics(ctx))
	check("topics", topics.Has(topic), topics)
	check("partitions", len(topics[topic].Partitions) == 3, topics)
	retention := "200000"
	change := kadm.AlterConfig{Op: kadm.SetConfig, Name: "retention.ms", Value: &retention}
	for _, changed := range value(admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{change}, topic)) {
		must(changed.Err)
	}
	for _, config := range value(value(admin.DescribeTopicConfigs(ctx, topic)).On(topic, nil)).Configs {
		if config.Key == "retention.ms" {
			check("configs", config.MaybeValue() == retention, config.MaybeValue())
		}
	}

	var records []*kgo.Record
	for range 10 {
		records = append(records, &kgo.Record{Topic: topic, Value: []byte("x")})
	}
	must(client.ProduceSync(ctx, records...).FirstErr())
	var offsets kadm.Offsets
	offsets.Add(kadm.Offset{Topic: topic, Partition: 0, At: 7, LeaderEpoch: -1})
	must(admin.CommitAllOffsets(ctx, group, offsets))
	committed, _ := value(admin.FetchOffsets(ctx, group)).Lookup(topic, 0)
	check("offsets", committed.At == 7, committed)
	var deleted kadm.Offsets
	deleted.Add(kadm.Offset{Topic: topic, Partition: 0, At: 3})
	value(admin.DeleteRecords(ctx, deleted))
	start, _ := value(admin.ListStartOffsets(ctx, topic)).Lookup(topic, 0)
	check("delete-records", start.Offset == 3, start)
	groups := value(admin.ListGroups(ctx))
	check("groups", groups[group].Group == group, groups)
	value(admin.DescribeGroups(ctx, group))
	value(admin.DeleteGroups(ctx, group))

	acl := kadm.NewACLs().Topics(topic).Operations(kadm.OpRead).Allow("User:ann").AllowHosts("*")
	acl = acl.ResourcePatternType(kadm.ACLPatternLiteral)
	for _, created := range value(admin.CreateACLs(ctx, acl)) {
		must(created.Err)
	}
	described := value(admin.DescribeACLs(ctx, acl))
	check("acls", len(described) == 1 && len(described[0].Described) == 1, described)
	value(admin.DeleteACLs(ctx, acl))
	scramUser := "user of " + group
	upsert := kadm.UpsertSCRAM{
		User: scramUser, Mechanism: kadm.ScramSha512, Iterations: 4096, Password: "password",
	}
	value(admin.AlterUserSCRAMs(ctx, nil, []kadm.UpsertSCRAM{upsert}))
	users := value(admin.DescribeUserSCRAMs(ctx, scramUser))
	check("scram-users", len(users[scramUser].CredInfos) == 1, users)
	name := "ann"
	entity := kadm.ClientQuotaEntity{{Type: "user", Name: &name}}
	quota := kadm.AlterClientQuotaEntry{
		Entity: entity, Ops: []kadm.AlterClientQuotaOp{{Key: "producer_byte_rate", Value: 1e6}},
	}
	value(admin.AlterClientQuotas(ctx, []kadm.AlterClientQuotaEntry{quota}))
	quotas := value(admin.DescribeClientQuotas(ctx, false, nil))
	check("quotas", len(quotas) > 0, quotas)
	must(value(admin.DeleteTopics(ctx, topic)).Error())
}
