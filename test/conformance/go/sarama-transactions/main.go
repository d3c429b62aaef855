// The scenario of transactions with sarama.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/IBM/sarama"
)

const (
	chunk      = 1000
	partitions = 4
	deadline   = 120 * time.Second
)

var (
	brokers    = []string{os.Getenv("BOOTSTRAP")}
	input      = os.Getenv("TOPIC")
	output     = input + "-copy"
	group      = os.Getenv("GROUP")
	records, _ = strconv.Atoi(os.Getenv("RECORDS"))
	waitingFor = "the topics"
	rounds     = 0
	copied     = 0
)

func main() {
	go func() {
		time.Sleep(deadline)
		fail(fmt.Errorf("not done after %v, %d copied", deadline, copied))
	}()
	createTopics()
	waitingFor = "the records to be produced"
	fill()
	waitingFor = "the first copier, which leaves its last transaction open"
	abandoned := copyAll(true)
	waitingFor = "the second copier, which takes the transactional id over"
	check(copyAll(false).Close())
	waitingFor = "the first copier to learn that it is locked out"
	if abandoned.CommitTxn() == nil {
		fail(errors.New("a producer that was replaced could commit"))
	}
	waitingFor = "the copies to be read"
	read()
}

func fail(err error) {
	fmt.Fprintf(os.Stderr, "%v, waiting for %s\n", err, waitingFor)
	os.Exit(1)
}

func check(err error) {
	if err != nil {
		fail(err)
	}
}

// settings says that the broker is new, without which sarama keeps to the requests of an old one.
func settings() *sarama.Config {
	config := sarama.NewConfig()
	config.Version = sarama.MaxVersion
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.AutoCommit.Enable = false
	config.Consumer.IsolationLevel = sarama.ReadCommitted
	config.Consumer.MaxWaitTime = 100 * time.Millisecond
	return config
}

func newProducer(name string) sarama.SyncProducer {
	config := settings()
	config.Producer.Return.Successes = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Idempotent = true
	config.Producer.Transaction.ID = group + "-" + name
	config.Producer.Partitioner = sarama.NewManualPartitioner
	config.Net.MaxOpenRequests = 1
	producer, err := sarama.NewSyncProducer(brokers, config)
	check(err)
	return producer
}

func createTopics() {
	admin, err := sarama.NewClusterAdmin(brokers, settings())
	check(err)
	defer admin.Close()
	detail := &sarama.TopicDetail{NumPartitions: partitions, ReplicationFactor: -1}
	check(admin.CreateTopic(input, detail, false))
	check(admin.CreateTopic(output, detail, false))
}

// Every third chunk is sent and aborted before it is sent for good.
func fill() {
	producer := newProducer("fill")
	for start := 0; start < records; start += chunk {
		ends := []func() error{producer.CommitTxn}
		if start/chunk%3 == 2 {
			ends = []func() error{producer.AbortTxn, producer.CommitTxn}
		}
		for _, end := range ends {
			check(producer.BeginTxn())
			var messages []*sarama.ProducerMessage
			for seq := start; seq < min(start+chunk, records); seq++ {
				value := sarama.StringEncoder(fmt.Sprintf("%-100d", seq))
				message := &sarama.ProducerMessage{Topic: input, Partition: int32(seq % partitions), Value: value}
				messages = append(messages, message)
			}
			check(producer.SendMessages(messages))
			check(end())
		}
	}
	check(producer.Close())
}

// copyAll copies until all is copied, or, where it leaves a transaction open, until half is.
func copyAll(leavesOpen bool) sarama.SyncProducer {
	config := settings()
	config.Consumer.Group.Session.Timeout = 6 * time.Second
	consumers, err := sarama.NewConsumerGroup(brokers, group, config)
	check(err)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	copier := &copier{producer: newProducer("copy"), leavesOpen: leavesOpen, stop: stop}
	for ctx.Err() == nil {
		if err := consumers.Consume(ctx, []string{input}, copier); ctx.Err() == nil {
			check(err)
		}
	}
	check(consumers.Close())
	return copier.producer
}

// copier has the claims of all partitions take turns with its producer.
type copier struct {
	turn       sync.Mutex
	producer   sarama.SyncProducer
	leavesOpen bool
	stop       func()
	isOver     bool
}

func (*copier) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (*copier) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (c *copier) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for first := range claim.Messages() {
		messages := []*sarama.ConsumerMessage{first}
		for len(messages) < chunk && len(claim.Messages()) > 0 {
			messages = append(messages, <-claim.Messages())
		}
		c.turn.Lock()
		for !c.isOver && session.Context().Err() == nil && !c.copy(messages) {
			// It was aborted, and is done again.
		}
		c.turn.Unlock()
	}
	return nil
}

// copy copies the messages in a transaction, and says whether it was committed.
func (c *copier) copy(messages []*sarama.ConsumerMessage) bool {
	check(c.producer.BeginTxn())
	var copies []*sarama.ProducerMessage
	for _, message := range messages {
		copies = append(copies, &sarama.ProducerMessage{
			Topic: output, Partition: message.Partition, Value: sarama.ByteEncoder(message.Value),
		})
	}
	check(c.producer.SendMessages(copies))
	last := messages[len(messages)-1]
	end := &sarama.PartitionOffsetMetadata{Partition: last.Partition, Offset: last.Offset + 1}
	offsets := map[string][]*sarama.PartitionOffsetMetadata{input: {end}}
	check(c.producer.AddOffsetsToTxn(offsets, group))
	if c.leavesOpen && copied >= records/2 {
		c.end()
		return false
	}
	rounds++
	if rounds%3 == 0 {
		check(c.producer.AbortTxn())
		return false
	}
	check(c.producer.CommitTxn())
	copied += len(messages)
	if copied >= records {
		c.end()
	}
	return true
}

func (c *copier) end() {
	c.isOver = true
	c.stop()
}

func read() {
	consumer, err := sarama.NewConsumer(brokers, settings())
	check(err)
	messages := make(chan *sarama.ConsumerMessage, chunk)
	for partition := range int32(partitions) {
		claim, err := consumer.ConsumePartition(output, partition, sarama.OffsetOldest)
		check(err)
		go func() {
			for message := range claim.Messages() {
				messages <- message
			}
		}()
	}
	var lines strings.Builder
	for range records {
		message := <-messages
		seq := strings.TrimSpace(string(message.Value))
		fmt.Fprintf(&lines, "R reader %d %d %s\n", message.Partition, message.Offset, seq)
	}
	fmt.Print(lines.String() + "F aborts fencing\n")
}
