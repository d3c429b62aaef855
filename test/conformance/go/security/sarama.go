package main

import (
	"context"

	"github.com/IBM/sarama"
	"github.com/xdg-go/scram"
)

// sarama leaves SCRAM itself to another library.
type conversation struct {
	hash scram.HashGeneratorFcn
	*scram.ClientConversation
}

func (c *conversation) Begin(user, password, authorisation string) error {
	client, err := c.hash.NewClient(user, password, authorisation)
	if err == nil {
		c.ClientConversation = client.NewConversation()
	}
	return err
}

func exchangeBySarama(ctx context.Context, try attempt) (string, error) {
	config := sarama.NewConfig()
	config.Version = sarama.MaxVersion
	config.Metadata.Retry.Max = 0
	config.Producer.Return.Successes = true
	config.Net.TLS.Enable = try.tls != nil
	config.Net.TLS.Config = try.tls
	config.Net.SASL.Enable = true
	config.Net.SASL.User = user
	config.Net.SASL.Password = try.password
	config.Net.SASL.Mechanism = sarama.SASLMechanism(try.mechanism)
	hash := scram.SHA256
	if try.mechanism == "SCRAM-SHA-512" {
		hash = scram.SHA512
	}
	config.Net.SASL.SCRAMClientGeneratorFunc = func() sarama.SCRAMClient { return &conversation{hash: hash} }

	client, err := sarama.NewClient([]string{bootstrap}, config)
	if err != nil {
		return "", err
	}
	defer client.Close()
	admin, err := sarama.NewClusterAdminFromClient(client)
	if err != nil {
		return "", err
	}
	detail := &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: -1}
	if err := admin.CreateTopic(try.topic, detail, false); err != nil {
		return "", err
	}
	producer, err := sarama.NewSyncProducerFromClient(client)
	if err != nil {
		return "", err
	}
	message := &sarama.ProducerMessage{Topic: try.topic, Value: sarama.StringEncoder("secret")}
	if _, _, err := producer.SendMessage(message); err != nil {
		return "", err
	}
	consumer, err := sarama.NewConsumerFromClient(client)
	if err != nil {
		return "", err
	}
	claim, err := consumer.ConsumePartition(try.topic, 0, sarama.OffsetOldest)
	if err != nil {
		return "", err
	}
	defer claim.Close()
	select {
	case read := <-claim.Messages():
		return string(read.Value), nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
