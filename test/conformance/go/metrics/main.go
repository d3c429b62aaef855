// The scenario of metrics: what the broker shows at /metrics, read by Prometheus' own parser, passed
// by its linter, and held against what franz-go's administrator finds out over the protocol.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

var (
	bootstrap = os.Getenv("BOOTSTRAP")
	topic     = os.Getenv("TOPIC")
	// As no label may have it without being escaped.
	group = os.Getenv("GROUP") + " \"\\\n"
)

const (
	partitions  = 3
	recordCount = 3000
	deleted     = 100
	committed   = 400
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	manual := kgo.RecordPartitioner(kgo.ManualPartitioner())
	client, err := kgo.NewClient(kgo.SeedBrokers(bootstrap), manual)
	must(err)
	defer client.Close()
	admin := kadm.NewClient(client)
	fill(ctx, client, admin)
	families := parse(scrape())
	compare(ctx, admin, families)
	count(families)
	fmt.Println("F parse lint offsets lag counters")
}

func fill(ctx context.Context, client *kgo.Client, admin *kadm.Client) {
	_, err := admin.CreateTopic(ctx, partitions, -1, nil, topic)
	must(err)
	var records []*kgo.Record
	for i := range recordCount {
		value := []byte(fmt.Sprint(i))
		records = append(records, &kgo.Record{Topic: topic, Partition: int32(i % partitions), Value: value})
	}
	must(client.ProduceSync(ctx, records...).FirstErr())
	var starts, commits kadm.Offsets
	starts.Add(kadm.Offset{Topic: topic, Partition: 0, At: deleted})
	_, err = admin.DeleteRecords(ctx, starts)
	must(err)
	for partition := range int32(partitions - 1) {
		commits.Add(kadm.Offset{Topic: topic, Partition: partition, At: committed, LeaderEpoch: -1})
	}
	must(admin.CommitAllOffsets(ctx, group, commits))
}

func scrape() []byte {
	answer, err := http.Get("http://" + bootstrap + "/metrics")
	must(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	must(err)
	check("status", answer.StatusCode == http.StatusOK, answer.Status)
	return body
}

func parse(body []byte) map[string]*dto.MetricFamily {
	problems, err := promlint.New(bytes.NewReader(body)).Lint()
	must(err)
	check("lint", len(problems) == 0, problems)
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(body))
	must(err)
	return families
}

func compare(ctx context.Context, admin *kadm.Client, families map[string]*dto.MetricFamily) {
	ends, err := admin.ListEndOffsets(ctx, topic)
	must(err)
	starts, err := admin.ListStartOffsets(ctx, topic)
	must(err)
	lags, err := admin.Lag(ctx, group)
	must(err)
	for partition := range int32(partitions) {
		labels := map[string]string{"topic": topic, "partition": strconv.Itoa(int(partition))}
		end, _ := ends.Lookup(topic, partition)
		equal(families, "kafka_topic_partition_current_offset", labels, float64(end.Offset))
		start, _ := starts.Lookup(topic, partition)
		equal(families, "kafka_topic_partition_oldest_offset", labels, float64(start.Offset))
		if partition == partitions-1 {
			continue
		}
		labels["consumergroup"] = group
		lag, _ := lags[group].Lag.Lookup(topic, partition)
		check("lag", lag.Lag == end.Offset-committed, lag)
		equal(families, "kafka_consumergroup_lag", labels, float64(lag.Lag))
		equal(families, "kafka_consumergroup_current_offset", labels, committed)
	}
	equal(families, "kafka_topic_partitions", map[string]string{"topic": topic}, partitions)
	equal(families, "kafka_consumergroup_members", map[string]string{"consumergroup": group}, 0)
}

func count(families map[string]*dto.MetricFamily) {
	produced := find(families, "kafka_do_topic_produced_bytes_total", map[string]string{"topic": topic})
	check("produced bytes", produced.GetCounter().GetValue() > recordCount, produced)
	requests := find(families, "kafka_do_request_duration_seconds", map[string]string{"api": "Produce"})
	check("requests", requests.GetHistogram().GetSampleCount() > 0, requests)
}

func equal(families map[string]*dto.MetricFamily, name string, labels map[string]string, wanted float64) {
	found := find(families, name, labels)
	check(name, found.GetGauge().GetValue() == wanted, fmt.Sprint(found, ", not ", wanted))
}

func find(families map[string]*dto.MetricFamily, name string, labels map[string]string) *dto.Metric {
	for _, metric := range families[name].GetMetric() {
		matching := 0
		for _, label := range metric.GetLabel() {
			if labels[label.GetName()] == label.GetValue() {
				matching++
			}
		}
		if matching == len(labels) && matching == len(metric.GetLabel()) {
			return metric
		}
	}
	check(name, false, labels)
	return nil
}

func check(what string, isRight bool, found any) {
	if !isRight {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, found)
		os.Exit(1)
	}
}

func must(err error) {
	if err != nil {
		check("failed", false, err)
	}
}
