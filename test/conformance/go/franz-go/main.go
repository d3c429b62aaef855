// The conformance program of franz-go.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"conformance/history"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

var codecs = map[string]kgo.CompressionCodec{
	"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
	"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
}

type client struct{ ctx context.Context }

func main() { history.Play(client{context.Background()}) }

func (client) Codecs() []string { return []string{"none", "gzip", "snappy", "lz4", "zstd"} }

func connect(options ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append(options, kgo.SeedBrokers(history.Bootstrap))...)
}

func (c client) CreateTopic(partitions int) error {
	client, err := connect()
	if err != nil {
		return err
	}
	defer client.Close()
	created, err := kadm.NewClient(client).CreateTopic(c.ctx, int32(partitions), -1, nil, history.Topic)
	return errors.Join(err, created.Err)
}

func (c client) Produce(chunks []history.Chunk) error {
	producers := map[string]*kgo.Client{}
	for name, codec := range codecs {
		producer, err := connect(kgo.ProducerBatchCompression(codec), kgo.DefaultProduceTopic(history.Topic))
		if err != nil {
			return err
		}
		defer producer.Close()
		producers[name] = producer
	}
	for _, chunk := range chunks {
		for _, record := range chunk.Records {
			message := &kgo.Record{Key: record.Key, Value: record.Value}
			if record.Header != nil {
				message.Headers = []kgo.RecordHeader{{Key: "seq", Value: record.Header}}
			}
			producers[chunk.Codec].Produce(c.ctx, message, func(_ *kgo.Record, err error) {
				if err != nil {
					history.Fail(err)
				}
			})
		}
	}
	for _, producer := range producers {
		if err := producer.Flush(c.ctx); err != nil {
			return err
		}
	}
	return nil
}

func (c client) Join(member string) (func() error, error) {
	options := []kgo.Opt{
		kgo.ConsumerGroup(history.Group),
		kgo.ConsumeTopics(history.Topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.DisableAutoCommit(),
		// Small fetches, so that the partitions take turns, and all of them are at work when some
		// are handed over.
		kgo.FetchMaxPartitionBytes(16_384),
		// No rebalance while polled records are at work: what is revoked has been consumed.
		kgo.BlockRebalanceOnPoll(),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
			fmt.Fprintln(os.Stderr, "member", member, "was assigned", partitions)
		}),
		kgo.OnPartitionsRevoked(func(ctx context.Context, client *kgo.Client, _ map[string][]int32) {
			if err := client.CommitUncommittedOffsets(ctx); err != nil {
				history.Fail(fmt.Errorf("commit on revoke: %w", err))
			}
		}),
		kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, lost map[string][]int32) {
			if len(lost) > 0 {
				history.Fail(fmt.Errorf("member %s lost %v", member, lost))
			}
		}),
	}
	if history.GroupProtocol == "consumer" {
		options = append(options, kgo.ServerSideBalancer(), kgo.Balancers(kgo.RangeBalancer()))
	}
	consumer, err := connect(options...)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(c.ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for consume(ctx, consumer, member) {
		}
	}()
	leave := func() error {
		stop()
		<-done
		err := consumer.CommitUncommittedOffsets(c.ctx)
		consumer.CloseAllowingRebalance()
		return err
	}
	return leave, nil
}

// consume handles the records of one poll; it returns false at the end.
func consume(ctx context.Context, consumer *kgo.Client, member string) bool {
	defer consumer.AllowRebalance()
	fetches := consumer.PollRecords(ctx, 500)
	if ctx.Err() != nil {
		return false
	}
	fetches.EachError(func(_ string, _ int32, err error) { history.Fail(err) })
	fetches.EachRecord(func(record *kgo.Record) {
		var header []byte
		if len(record.Headers) > 0 {
			header = record.Headers[0].Value
		}
		history.Consumed(member, int(record.Partition), record.Offset, record.Value, header)
	})
	if err := consumer.CommitUncommittedOffsets(ctx); err != nil && ctx.Err() == nil {
		history.Fail(fmt.Errorf("commit: %w", err))
	}
	return true
}
