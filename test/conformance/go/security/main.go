// The scenario of security: every mechanism that the client has, with and without TLS, and a wrong
// password. Called with the name of the client.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"
	"time"
)

// attempt is what a client is to try: to send a record to a new topic, and to read it.
type attempt struct {
	topic, mechanism, password string
	// Without it, there is no TLS.
	tls *tls.Config
}

var (
	bootstrap = os.Getenv("BOOTSTRAP")
	user      = os.Getenv("SASL_USER")
	exchanges = map[string]func(context.Context, attempt) (string, error){
		"franz-go": exchangeByFranzGo, "kafka-go": exchangeByKafkaGo, "sarama": exchangeBySarama,
	}
)

func main() {
	exchange := exchanges[os.Args[1]]
	password := os.Getenv("SASL_PASSWORD")
	for _, mechanism := range []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"} {
		for _, config := range []*tls.Config{nil, tlsConfig()} {
			topic := fmt.Sprintf("%s-%s-%v", os.Getenv("TOPIC"), mechanism, config != nil)
			value, err := withDeadline(exchange, attempt{topic, mechanism, password, config}, 30*time.Second)
			if err != nil || value != "secret" {
				fail(fmt.Errorf("%s, TLS %v: %q %w", mechanism, config != nil, value, err))
			}
		}
		wrong := attempt{"nothing", mechanism, "wrong", tlsConfig()}
		_, err := withDeadline(exchange, wrong, 5*time.Second)
		if err == nil {
			fail(fmt.Errorf("%s takes a wrong password", mechanism))
		}
		fmt.Fprintf(os.Stderr, "%s with a wrong password: %v\n", mechanism, err)
	}
	fmt.Println("F plain scram-sha-256 scram-sha-512 tls")
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func withDeadline(exchange func(context.Context, attempt) (string, error), try attempt, limit time.Duration) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	return exchange(ctx, try)
}

func tlsConfig() *tls.Config {
	authority, err := os.ReadFile(os.Getenv("CA_FILE"))
	if err != nil {
		fail(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	return &tls.Config{RootCAs: pool, ServerName: strings.Split(bootstrap, ":")[0]}
}
