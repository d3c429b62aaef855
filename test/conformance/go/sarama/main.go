// The conformance program of sarama.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"conformance/history"

	"github.com/IBM/sarama"
)

var codecs = map[string]sarama.CompressionCodec{
	"none": sarama.CompressionNone, "gzip": sarama.CompressionGZIP, "snappy": sarama.CompressionSnappy,
	"lz4": sarama.CompressionLZ4, "zstd": sarama.CompressionZSTD,
}

type client struct{ brokers []string }

func main() {
	sarama.Logger = log.New(os.Stderr, "sarama: ", log.Ltime)
	history.Play(client{[]string{history.Bootstrap}})
}

func (client) Codecs() []string { return []string{"none", "gzip", "snappy", "lz4", "zstd"} }

// settings says that the broker is new, without which sarama keeps to the requests of an old one.
func settings() *sarama.Config {
	config := sarama.NewConfig()
	config.Version = sarama.MaxVersion
	return config
}

func (c client) CreateTopic(partitions int) error {
	admin, err := sarama.NewClusterAdmin(c.brokers, settings())
	if err != nil {
		return err
	}
	defer admin.Close()
	detail := &sarama.TopicDetail{NumPartitions: int32(partitions), ReplicationFactor: -1}
	return admin.CreateTopic(history.Topic, detail, false)
}

func (c client) Produce(chunks []history.Chunk) error {
	producers := map[string]sarama.SyncProducer{}
	for name, codec := range codecs {
		config := settings()
		config.Producer.Compression = codec
		config.Producer.Return.Successes = true
		config.Producer.RequiredAcks = sarama.WaitForAll
		config.Producer.Idempotent = true
		config.Net.MaxOpenRequests = 1
		producer, err := sarama.NewSyncProducer(c.brokers, config)
		if err != nil {
			return err
		}
		defer producer.Close()
		producers[name] = producer
	}
	for _, chunk := range chunks {
		var messages []*sarama.ProducerMessage
		for _, record := range chunk.Records {
			messages = append(messages, message(record))
		}
		if err := producers[chunk.Codec].SendMessages(messages); err != nil {
			return err
		}
	}
	return nil
}

func message(record history.Record) *sarama.ProducerMessage {
	message := &sarama.ProducerMessage{Topic: history.Topic, Key: sarama.ByteEncoder(record.Key)}
	if record.Value != nil {
		message.Value = sarama.ByteEncoder(record.Value)
	}
	if record.Header != nil {
		message.Headers = []sarama.RecordHeader{{Key: []byte("seq"), Value: record.Header}}
	}
	return message
}

func (c client) Join(member string) (func() error, error) {
	config := settings()
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	group, err := sarama.NewConsumerGroup(c.brokers, history.Group, config)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		// Consume returns at each rebalance.
		for ctx.Err() == nil {
			err := group.Consume(ctx, []string{history.Topic}, handler(member))
			if err != nil && ctx.Err() == nil && !errors.Is(err, sarama.ErrClosedConsumerGroup) {
				history.Fail(fmt.Errorf("member %s: %w", member, err))
			}
		}
	}()
	leave := func() error {
		stop()
		<-done
		return group.Close()
	}
	return leave, nil
}

// handler is the name of the member whose sessions it handles.
type handler string

func (h handler) Setup(session sarama.ConsumerGroupSession) error {
	fmt.Fprintln(os.Stderr, "member", string(h), "was assigned", session.Claims()[history.Topic])
	return nil
}

// Cleanup is called when all partitions have been let go; the marked offsets are committed after it,
// and only then does the member join again.
func (handler) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (h handler) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for {
		select {
		case <-session.Context().Done():
			return nil
		case message, isOpen := <-claim.Messages():
			if !isOpen {
				return nil
			}
			var header []byte
			if len(message.Headers) > 0 {
				header = message.Headers[0].Value
			}
			history.Consumed(string(h), int(message.Partition), message.Offset, message.Value, header)
			session.MarkMessage(message, "")
		}
	}
}
