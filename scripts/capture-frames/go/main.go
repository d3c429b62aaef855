// Uses franz-go's client and its admin client once each, so that the proxy they are pointed at
// sees every request they can send. franz-go can hold itself to an older Kafka's versions: it does
// everything once more for each of a few, which captures versions that no current client picks.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kversion"
	"github.com/twmb/franz-go/pkg/sasl/plain"
)

func main() {
	fmt.Println(clientVersion())
	for _, s := range []session{
		{name: "newest"}, {name: "3.9", max: kversion.V3_9_0()}, {name: "3.7", max: kversion.V3_7_0()},
		{name: "3.2", max: kversion.V3_2_0()}, {name: "2.8", max: kversion.V2_8_0()},
		{name: "2.4", max: kversion.V2_4_0()}, {name: "2.3", max: kversion.V2_3_0()},
		{name: "2.0", max: kversion.V2_0_0()}, {name: "1.0", max: kversion.V1_0_0()},
	} {
		s.topic = "capture-go-" + s.name
		run(s)
	}
}

func clientVersion() string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == "github.com/twmb/franz-go" {
			return strings.TrimPrefix(module.Version, "v")
		}
	}
	return "unknown"
}

// session is one run with the versions of one Kafka release; names carry the release, since all
// sessions share a broker.
type session struct {
	name  string
	topic string
	// nil for all that the client knows
	max *kversion.Versions
}

func run(s session) {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	client := s.client()
	defer client.Close()
	admin := newAdmin(client, s)
	admin.topics(ctx)
	s.attempt("produce", s.produce(ctx))
	s.attempt("transact", s.transact(ctx, admin))

	classic := s.member("classic", "first")
	other := s.member("classic", "second")
	s.attempt("consume", consumeSome(ctx, classic))
	s.attempt("join", awaitTwoMembers(ctx, admin, s.topic+"-classic"))
	modern := s.member("consumer", "first", kgo.ServerSideBalancer(), kgo.Balancers(kgo.RangeBalancer()))
	s.attempt("consume 848", consumeSome(ctx, modern))
	admin.groups(ctx)
	for _, member := range []*kgo.Client{classic, other, modern} {
		s.attempt("commit", member.CommitUncommittedOffsets(ctx))
		member.Close()
	}
	admin.emptyGroups(ctx)
	admin.cluster(ctx)
	admin.security(ctx)
	admin.deletions(ctx)
}

// attempt reports a problem, unless it is that a session's release did not have the request yet.
func (s session) attempt(what string, problem error) {
	if problem != nil && !(s.max != nil && isTooNew(problem)) {
		fmt.Fprintf(os.Stderr, "%s, %s: %v\n", s.name, what, problem)
	}
}

func isTooNew(problem error) bool {
	text := problem.Error()
	return strings.Contains(text, "request key is unknown") || strings.Contains(text, "broker is too old")
}

func (s session) client(options ...kgo.Opt) *kgo.Client {
	credentials := plain.Auth{User: os.Getenv("SASL_USERNAME"), Pass: os.Getenv("SASL_PASSWORD")}
	options = append(options,
		kgo.SeedBrokers(os.Getenv("BOOTSTRAP")),
		kgo.SASL(credentials.AsMechanism()),
		kgo.ClientID("capture"),
	)
	if s.max != nil {
		options = append(options, kgo.MaxVersions(s.max))
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		panic(err)
	}
	return client
}

func (s session) record(number int) *kgo.Record {
	return &kgo.Record{
		Topic:   s.topic,
		Key:     fmt.Appendf(nil, "key-%d", number),
		Value:   fmt.Appendf(nil, "value-%d", number),
		Headers: []kgo.RecordHeader{{Key: "header", Value: []byte("text")}},
	}
}

func (s session) produce(ctx context.Context) error {
	client := s.client(kgo.RecordPartitioner(kgo.RoundRobinPartitioner()), kgo.ProducerBatchCompression(kgo.NoCompression()))
	defer client.Close()
	for number := range 4 {
		if err := client.ProduceSync(ctx, s.record(number)).FirstErr(); err != nil {
			return err
		}
	}
	return nil
}

// transact consumes in a group and commits its offsets in a transaction, then aborts another one.
func (s session) transact(ctx context.Context, admin admin) error {
	session, err := kgo.NewGroupTransactSession(
		kgo.SeedBrokers(os.Getenv("BOOTSTRAP")),
		kgo.SASL(plain.Auth{User: os.Getenv("SASL_USERNAME"), Pass: os.Getenv("SASL_PASSWORD")}.AsMechanism()),
		kgo.MaxVersions(s.maxOrNewest()),
		kgo.TransactionalID(s.topic+"-transaction"),
		kgo.ConsumerGroup(s.topic+"-eos"),
		kgo.ConsumeTopics(s.topic),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.RequireStableFetchOffsets(),
	)
	if err != nil {
		return err
	}
	defer session.Close()
	for _, how := range []kgo.TransactionEndTry{kgo.TryCommit, kgo.TryAbort} {
		if how == kgo.TryCommit {
			if problem := session.PollFetches(ctx).Err(); problem != nil {
				return problem
			}
		}
		if err := session.Begin(); err != nil {
			return err
		}
		if err := session.ProduceSync(ctx, s.record(5)).FirstErr(); err != nil {
			return err
		}
		admin.openTransaction(ctx)
		if _, err := session.End(ctx, how); err != nil {
			return err
		}
	}
	return nil
}

func (s session) maxOrNewest() *kversion.Versions {
	if s.max == nil {
		return kversion.Stable()
	}
	return s.max
}

func (s session) member(protocol, instance string, options ...kgo.Opt) *kgo.Client {
	options = append(options,
		kgo.ConsumerGroup(s.topic+"-"+protocol),
		kgo.ConsumeTopics(s.topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.DisableAutoCommit(),
		kgo.InstanceID(instance),
		kgo.HeartbeatInterval(100*time.Millisecond),
		kgo.Rack("rack-a"),
	)
	return s.client(options...)
}

func consumeSome(ctx context.Context, client *kgo.Client) error {
	fetches := client.PollFetches(ctx)
	if err := fetches.Err(); err != nil {
		return err
	}
	return client.CommitUncommittedOffsets(ctx)
}

func awaitTwoMembers(ctx context.Context, admin admin, group string) error {
	for ctx.Err() == nil {
		described, err := admin.DescribeGroups(ctx, group)
		if err != nil {
			return err
		}
		if one := described[group]; one.State == "Stable" && len(one.Members) == 2 {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return errors.New("the second member did not join")
}
