package dissect_test

import (
	"testing"

	"github.com/parley-tls/parley/internal/trace"
)

// OpenSSL splits on TLS 1.0 with CBC, and not on TLS 1.2.
func TestSplitRecordsAreCounted(t *testing.T) {
	for name, want := range map[string]int{"founding-tls10.pcap": 2, "founding-tls12.pcap": 0} {
		file := read(t, captures+name)
		for how, conversations := range map[string][]*trace.Conversation{
			"with its key": dissected(t, file, serverKey(t)), "without": dissected(t, file, nil),
		} {
			short := 0
			for _, e := range conversations[0].Events {
				if d, ok := e.Detail.(trace.DataDetail); ok {
					short += d.Short
				}
			}
			if short != want {
				t.Errorf("%s %s: %d", name, how, short)
			}
		}
	}
}
