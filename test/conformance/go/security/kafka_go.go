package main

import (
	"context"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"
)

func exchangeByKafkaGo(ctx context.Context, try attempt) (string, error) {
	mechanism, err := mechanismOfKafkaGo(try)
	if err != nil {
		return "", err
	}
	transport := &kafka.Transport{SASL: mechanism, TLS: try.tls}
	client := &kafka.Client{Addr: kafka.TCP(bootstrap), Transport: transport}
	topic := kafka.TopicConfig{Topic: try.topic, NumPartitions: 1, ReplicationFactor: 1}
	request := &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{topic}}
	if _, err := client.CreateTopics(ctx, request); err != nil {
		return "", err
	}
	writer := &kafka.Writer{
		Addr: kafka.TCP(bootstrap), Topic: try.topic, Transport: transport, BatchTimeout: time.Millisecond,
	}
	defer writer.Close()
	if err := writer.WriteMessages(ctx, kafka.Message{Value: []byte("secret")}); err != nil {
		return "", err
	}
	reader := kafka.NewReader(kafka.ReaderConfig{
		Brokers: []string{bootstrap}, Topic: try.topic, MaxWait: 100 * time.Millisecond,
		Dialer: &kafka.Dialer{SASLMechanism: mechanism, TLS: try.tls},
	})
	defer reader.Close()
	message, err := reader.ReadMessage(ctx)
	return string(message.Value), err
}

func mechanismOfKafkaGo(try attempt) (sasl.Mechanism, error) {
	switch try.mechanism {
	case "SCRAM-SHA-256":
		return scram.Mechanism(scram.SHA256, user, try.password)
	case "SCRAM-SHA-512":
		return scram.Mechanism(scram.SHA512, user, try.password)
	}
	return plain.Mechanism{Username: user, Password: try.password}, nil
}
