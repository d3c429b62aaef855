package main

import (
	"context"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

func exchangeByFranzGo(ctx context.Context, try attempt) (string, error) {
	mechanisms := map[string]sasl.Mechanism{
		"PLAIN":         plain.Auth{User: user, Pass: try.password}.AsMechanism(),
		"SCRAM-SHA-256": scram.Auth{User: user, Pass: try.password}.AsSha256Mechanism(),
		"SCRAM-SHA-512": scram.Auth{User: user, Pass: try.password}.AsSha512Mechanism(),
	}
	options := []kgo.Opt{
		kgo.SeedBrokers(bootstrap), kgo.SASL(mechanisms[try.mechanism]),
		kgo.ConsumeTopics(try.topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	}
	if try.tls != nil {
		options = append(options, kgo.DialTLSConfig(try.tls))
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		return "", err
	}
	defer client.Close()
	if _, err := kadm.NewClient(client).CreateTopic(ctx, 1, -1, nil, try.topic); err != nil {
		return "", err
	}
	record := &kgo.Record{Topic: try.topic, Value: []byte("secret")}
	if err := client.ProduceSync(ctx, record).FirstErr(); err != nil {
		return "", err
	}
	for {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		for _, read := range fetches.Records() {
			return string(read.Value), nil
		}
	}
}
