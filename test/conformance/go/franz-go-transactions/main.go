// The scenario of transactions with franz-go.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	chunk    = 1000
	deadline = 120 * time.Second
)

var (
	input      = os.Getenv("TOPIC")
	output     = input + "-copy"
	group      = os.Getenv("GROUP")
	records, _ = strconv.Atoi(os.Getenv("RECORDS"))
	waitingFor = "the topics"
	rounds     = 0
	copied     = 0
	ctx        = context.Background()
)

func main() {
	go func() {
		time.Sleep(deadline)
		fail(fmt.Errorf("not done after %v", deadline))
	}()
	createTopics()
	waitingFor = "the records to be produced"
	fill()
	waitingFor = "the first copier, which leaves its last transaction open"
	copyAll(true)
	waitingFor = "the second copier, which takes the transactional id over"
	copyAll(false)
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

func options(more ...kgo.Opt) []kgo.Opt {
	return append(more, kgo.SeedBrokers(os.Getenv("BOOTSTRAP")), kgo.RecordPartitioner(kgo.ManualPartitioner()))
}

func createTopics() {
	client, err := kgo.NewClient(options()...)
	check(err)
	defer client.Close()
	created, err := kadm.NewClient(client).CreateTopics(ctx, 4, -1, nil, input, output)
	check(err)
	check(created.Error())
}

// Every third chunk is sent and aborted before it is sent for good.
func fill() {
	client, err := kgo.NewClient(options(kgo.TransactionalID(group + "-fill"))...)
	check(err)
	defer client.Close()
	for start := 0; start < records; start += chunk {
		ends := []kgo.TransactionEndTry{kgo.TryCommit}
		if start/chunk%3 == 2 {
			ends = []kgo.TransactionEndTry{kgo.TryAbort, kgo.TryCommit}
		}
		for _, end := range ends {
			check(client.BeginTransaction())
			for seq := start; seq < min(start+chunk, records); seq++ {
				value := fmt.Sprintf("%-100d", seq)
				record := &kgo.Record{Topic: input, Partition: int32(seq % 4), Value: []byte(value)}
				client.Produce(ctx, record, func(_ *kgo.Record, err error) { check(err) })
			}
			check(client.Flush(ctx))
			check(client.EndTransaction(ctx, end))
		}
	}
}

// Copies until all is copied, or, where it leaves a transaction open, until half is.
func copyAll(leavesOpen bool) {
	session, err := kgo.NewGroupTransactSession(options(
		kgo.TransactionalID(group+"-copy"),
		kgo.ConsumerGroup(group),
		kgo.ConsumeTopics(input),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.RequireStableFetchOffsets(),
		kgo.SessionTimeout(6*time.Second),
	)...)
	check(err)
	defer session.Close()
	for copied < records {
		fetches := session.PollRecords(ctx, chunk)
		for _, problem := range fetches.Errors() {
			check(problem.Err)
		}
		if fetches.NumRecords() == 0 {
			continue
		}
		check(session.Begin())
		fetches.EachRecord(func(record *kgo.Record) {
			copy := &kgo.Record{Topic: output, Partition: record.Partition, Value: record.Value}
			session.Produce(ctx, copy, func(_ *kgo.Record, err error) {
				// What is aborted need not be sent.
				if !errors.Is(err, kgo.ErrAborting) {
					check(err)
				}
			})
		})
		if leavesOpen && copied >= records/2 {
			check(session.Client().Flush(ctx))
			return
		}
		rounds++
		end := kgo.TransactionEndTry(rounds%3 != 0)
		committed, err := session.End(ctx, end)
		check(err)
		if committed {
			copied += fetches.NumRecords()
		}
	}
}

func read() {
	client, err := kgo.NewClient(options(
		kgo.ConsumeTopics(output),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
	)...)
	check(err)
	defer client.Close()
	var lines strings.Builder
	for count := 0; count < records; {
		client.PollFetches(ctx).EachRecord(func(record *kgo.Record) {
			seq := strings.TrimSpace(string(record.Value))
			fmt.Fprintf(&lines, "R reader %d %d %s\n", record.Partition, record.Offset, seq)
			count++
		})
	}
	fmt.Print(lines.String() + "F aborts fencing\n")
}
