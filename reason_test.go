package parley_test

import (
	"crypto/tls"
	"strings"
	"testing"

	"github.com/parley-tls/parley"
)

// What the client says by ALPN is long, and stands in the error of both engines.
func TestAReasonIsBounded(t *testing.T) {
	both(t, func(t *testing.T, with *tls.Config) {
		failed := make(chan parley.Event, 1)
		l := listen(t, server(func(c *parley.Config) {
			c.ALPN = []string{"ours"}
			c.Events = func(e parley.Event) {
				if e.Name == parley.EventHandshakeFailed {
					failed <- e
				}
			}
		}))
		for range 50 {
			with.NextProtos = append(with.NextProtos, strings.Repeat("x", 255))
		}
		if c, err := tls.Dial("tcp", l.Addr().String(), with); err == nil {
			c.Close()
			t.Fatal("it was accepted")
		}
		e := <-failed
		if reason := e.Detail.(parley.FailureDetail).Reason; len(reason) > 1000 || !strings.Contains(reason, "xxx") {
			t.Errorf("%d bytes: %.100s", len(reason), reason)
		}
	})
}
