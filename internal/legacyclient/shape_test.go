package legacyclient

import (
	"crypto/tls"
	"slices"
	"testing"

	"github.com/parley-tls/parley/internal/wire"
)

// What would be one record may be several, and each header name what it likes,
// while MAC and transcript stay right.
func TestShapeCutsRecords(t *testing.T) {
	dial := goServer(t, &tls.Config{})
	var sent []int
	c := established(t, dial(), Options{
		Shape: func(r Record) []Record {
			if r.Type != wire.TypeHandshake || len(r.Payload) < 100 {
				return []Record{r}
			}
			first, rest := r, r
			first.Payload, rest.Payload = r.Payload[:40], r.Payload[40:]
			return []Record{first, rest}
		},
		Trace: func(s Step) {
			if s.Sent && s.Type == wire.TypeHandshake && !s.Encrypted {
				sent = append(sent, s.Length)
			}
		},
	})
	echoes(t, c, "after it")
	if len(sent) < 2 || sent[0] != 40 || !slices.ContainsFunc(sent[1:], func(n int) bool { return n > 40 }) {
		t.Errorf("records of %d bytes were sent", sent)
	}
}
