// The conformance program of kafka-go. Its Reader may hand a record out twice around a rebalance,
// since it cannot say when a partition goes; its ConsumerGroup can, so that is what is used here,
// with a Reader for each partition of a generation.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"conformance/history"

	"github.com/segmentio/kafka-go"
)

var codecs = map[string]kafka.Compression{
	"none": 0, "gzip": kafka.Gzip, "snappy": kafka.Snappy, "lz4": kafka.Lz4, "zstd": kafka.Zstd,
}

type client struct{ ctx context.Context }

func main() { history.Play(client{context.Background()}) }

func (client) Codecs() []string { return []string{"none", "gzip", "snappy", "lz4", "zstd"} }

func (c client) CreateTopic(partitions int) error {
	admin := kafka.Client{Addr: kafka.TCP(history.Bootstrap)}
	topic := kafka.TopicConfig{Topic: history.Topic, NumPartitions: partitions, ReplicationFactor: 1}
	answer, err := admin.CreateTopics(c.ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{topic}})
	if err != nil {
		return err
	}
	return answer.Errors[history.Topic]
}

func (c client) Produce(chunks []history.Chunk) error {
	writers := map[string]*kafka.Writer{}
	for name, codec := range codecs {
		writers[name] = &kafka.Writer{
			Addr:         kafka.TCP(history.Bootstrap),
			Topic:        history.Topic,
			Balancer:     &kafka.Hash{},
			RequiredAcks: kafka.RequireAll,
			Compression:  codec,
			BatchTimeout: 10 * time.Millisecond,
		}
		defer writers[name].Close()
	}
	for _, chunk := range chunks {
		var messages []kafka.Message
		for _, record := range chunk.Records {
			message := kafka.Message{Key: record.Key, Value: record.Value}
			if record.Header != nil {
				message.Headers = []kafka.Header{{Key: "seq", Value: record.Header}}
			}
			messages = append(messages, message)
		}
		if err := writers[chunk.Codec].WriteMessages(c.ctx, messages...); err != nil {
			return err
		}
	}
	return nil
}

func (c client) Join(member string) (func() error, error) {
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID:          history.Group,
		Brokers:     []string{history.Bootstrap},
		Topics:      []string{history.Topic},
		StartOffset: kafka.FirstOffset,
		ErrorLogger: kafka.LoggerFunc(func(format string, args ...any) {
			fmt.Fprintf(os.Stderr, "member "+member+": "+format+"\n", args...)
		}),
	})
	if err != nil {
		return nil, err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			generation, err := group.Next(c.ctx)
			if errors.Is(err, kafka.ErrGroupClosed) {
				return
			}
			if err != nil {
				history.Fail(fmt.Errorf("member %s: %w", member, err))
			}
			consumeGeneration(generation, member)
		}
	}()
	leave := func() error {
		err := group.Close()
		<-done
		return err
	}
	return leave, nil
}

func consumeGeneration(generation *kafka.Generation, member string) {
	for _, assignment := range generation.Assignments[history.Topic] {
		fmt.Fprintln(os.Stderr, "member", member, "was assigned", assignment.ID, "from", assignment.Offset)
		generation.Start(func(ctx context.Context) {
			if err := consume(ctx, generation, assignment, member); err != nil {
				history.Fail(fmt.Errorf("member %s, partition %d: %w", member, assignment.ID, err))
			}
		})
	}
}

// consume consumes one partition until its generation ends, and commits before it returns: the
// generation waits for that before the member joins the next one.
func consume(ctx context.Context, generation *kafka.Generation, from kafka.PartitionAssignment, member string) error {
	reader := kafka.NewReader(kafka.ReaderConfig{
		Brokers: []string{history.Bootstrap}, Topic: history.Topic, Partition: from.ID,
		MaxWait: 500 * time.Millisecond,
	})
	defer reader.Close()
	if err := reader.SetOffset(from.Offset); err != nil {
		return err
	}
	next := from.Offset
	for {
		message, err := reader.ReadMessage(ctx)
		if errors.Is(err, kafka.ErrGenerationEnded) {
			break
		}
		if err != nil {
			return err
		}
		var header []byte
		if len(message.Headers) > 0 {
			header = message.Headers[0].Value
		}
		history.Consumed(member, message.Partition, message.Offset, message.Value, header)
		next = message.Offset + 1
	}
	if next == from.Offset {
		return nil
	}
	return generation.CommitOffsets(map[string]map[int]int64{history.Topic: {from.ID: next}})
}
