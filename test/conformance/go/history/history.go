// Package history holds what the Go programs have in common: settings, numbered records, the
// history they print, the order of events and the deadline. How a client does it is in the program
// named after the client. The contract with the runner is in ../../README.md.
package history

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	chunk        = 1000
	deadline     = 120 * time.Second
	recordsPause = 125
	pause        = 50 * time.Millisecond
)

var (
	Bootstrap     = os.Getenv("BOOTSTRAP")
	Topic         = os.Getenv("TOPIC")
	Group         = os.Getenv("GROUP")
	GroupProtocol = os.Getenv("GROUP_PROTOCOL")

	records = recordCount()
	// Member B joins after this many consumed records.
	joinAt = records / 5
	// The records after this one are produced once both members are at work, so each gets some.
	firstPart = records / 5 * 4
)

func recordCount() int {
	if count, err := strconv.Atoi(os.Getenv("RECORDS")); err == nil {
		return count
	}
	return 100_000
}

// Client is what a program does with its client.
type Client interface {
	// Codecs names the compressions it has, each as in Chunk.
	Codecs() []string
	CreateTopic(partitions int) error
	// Produce returns when all records are acknowledged.
	Produce(chunks []Chunk) error
	// Join starts a member that consumes until the function it returns is called.
	Join(member string) (leave func() error, err error)
}

// Chunk is records that are to be produced with the same codec: "none", "gzip", "snappy", "lz4" or
// "zstd".
type Chunk struct {
	Codec   string
	Records []Record
}

// Record is one to produce. Value is nil for the tombstone, which has no number.
type Record struct {
	Key, Value []byte
	// Header is the value of the header "seq", where it is not nil.
	Header []byte
}

func chunks(from, to int, codecs []string) []Chunk {
	var all []Chunk
	if from == 0 {
		all = append(all, Chunk{Codec: codecs[0], Records: []Record{{Key: []byte("tombstone")}}})
	}
	for start := from; start < to; start += chunk {
		one := Chunk{Codec: codecs[start/chunk%len(codecs)]}
		for seq := start; seq < min(start+chunk, to); seq++ {
			record := Record{Key: fmt.Appendf(nil, "key-%d", seq%997), Value: fmt.Appendf(nil, "%-100d", seq)}
			if seq%1000 == 0 {
				record.Header = []byte(strconv.Itoa(seq))
			}
			one.Records = append(one.Records, record)
		}
		all = append(all, one)
	}
	return all
}

var (
	lock       sync.Mutex
	output     = bufio.NewWriterSize(os.Stdout, 1<<16)
	consumed   = map[string]int{}
	features   = map[string]bool{}
	untilPause = recordsPause
	waitingFor = "the topic"
)

// Consumed notes a record, in the order of consumption and before its offset is committed. Header is
// the value of the record's header "seq", or nil.
//
// From the moment member B is asked to join until it has its first record, this makes member A slow:
// the rebalance then happens in the middle of the work, with fetched records waiting in A.
func Consumed(member string, partition int, offset int64, value, header []byte) {
	if note(member, partition, offset, value, header) {
		time.Sleep(pause)
	}
}

func note(member string, partition int, offset int64, value, header []byte) (isPause bool) {
	lock.Lock()
	defer lock.Unlock()
	if value == nil {
		features["tombstone"] = true
		return false
	}
	seq := strings.TrimSpace(string(value))
	if header != nil {
		if string(header) != seq {
			fail(fmt.Sprintf("record %s has the header of record %s", seq, header))
		}
		features["headers"] = true
	}
	consumed[member]++
	fmt.Fprintf(output, "R %s %d %d %s\n", member, partition, offset, seq)
	if member != "A" || consumed["B"] > 0 || consumed["A"] < joinAt {
		return false
	}
	untilPause--
	if untilPause > 0 {
		return false
	}
	untilPause = recordsPause
	return true
}

func count(members ...string) int {
	lock.Lock()
	defer lock.Unlock()
	total := 0
	for _, member := range members {
		total += consumed[member]
	}
	return total
}

func await(what string, condition func() bool) {
	step(what)
	for !condition() {
		time.Sleep(10 * time.Millisecond)
	}
}

func step(what string) {
	lock.Lock()
	defer lock.Unlock()
	waitingFor = what
}

// Play plays the scenario and ends the program.
func Play(client Client) {
	time.AfterFunc(deadline, func() { Fail(fmt.Errorf("not done after %v", deadline)) })
	codecs := client.Codecs()
	check(client.CreateTopic(4))
	step("the first part to be produced")
	check(client.Produce(chunks(0, firstPart, codecs)))

	leaveA := join(client, "A")
	await("member A's share", func() bool { return count("A") >= joinAt })
	leaveB := join(client, "B")
	await("a record at member B", func() bool { return count("B") > 0 || count("A") >= firstPart })

	step("the second part to be produced")
	check(client.Produce(chunks(firstPart, records, codecs)))
	await("all records", func() bool { return count("A", "B") >= records })
	step("the members to leave")
	check(leaveA())
	check(leaveB())
	complete(codecs)
}

func join(client Client, member string) (leave func() error) {
	step("member " + member + " to join")
	leave, err := client.Join(member)
	check(err)
	return leave
}

func complete(codecs []string) {
	lock.Lock()
	defer lock.Unlock()
	for _, codec := range codecs {
		if codec != "none" {
			features[codec] = true
		}
	}
	var names []string
	for name := range features {
		names = append(names, name)
	}
	slices.Sort(names)
	fmt.Fprintln(output, "F", strings.Join(names, " "))
	output.Flush()
	os.Exit(0)
}

func check(err error) {
	if err != nil {
		Fail(err)
	}
}

// Fail ends the program as failed.
func Fail(err error) {
	lock.Lock()
	fail(err.Error())
}

// fail is Fail for whoever holds the lock.
func fail(why string) {
	// Some clients join the errors of all records into one.
	why = why[:min(len(why), 1000)]
	output.Flush()
	fmt.Fprintf(os.Stderr, "while waiting for %s (consumed %v): %s\n", waitingFor, consumed, why)
	os.Exit(1)
}
