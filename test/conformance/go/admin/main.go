// The scenario of administration: what the client's administrator can do, each step checked. Called
// with the name of the client.
package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

var (
	bootstrap = os.Getenv("BOOTSTRAP")
	user      = os.Getenv("SASL_USER")
	password  = os.Getenv("SASL_PASSWORD")
	topic     = os.Getenv("TOPIC")
	group     = os.Getenv("GROUP")
	features  []string
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	map[string]func(context.Context){
		"franz-go": administerByFranzGo, "kafka-go": administerByKafkaGo, "sarama": administerBySarama,
	}[os.Args[1]](ctx)
	fmt.Println("F " + strings.Join(features, " "))
}

func fail(err error) {
	fmt.Fprintf(os.Stderr, "%v, after %v\n", err, features)
	os.Exit(1)
}

func must(err error) {
	if err != nil {
		fail(err)
	}
}

// value is that of a call that must not fail.
func value[Value any](value Value, err error) Value {
	must(err)
	return value
}

func check(feature string, isRight bool, found any) {
	if !isRight {
		fail(fmt.Errorf("%s: %v", feature, found))
	}
	if !slices.Contains(features, feature) {
		features = append(features, feature)
	}
}
