package dissect_test

import (
	"bytes"
	"testing"

	"github.com/parley-tls/parley/internal/trace"
)

// TestAPremasterThatDoesNotOpenIsTold changes a byte of what the founding client
// encrypted to the server's key.
func TestAPremasterThatDoesNotOpenIsTold(t *testing.T) {
	file := read(t, captures+"founding-tls12.pcap")
	exchange := []byte{22, 3, 3, 1, 6, 16, 0, 1, 2, 1, 0} // a record with a ClientKeyExchange
	at := bytes.Index(file, exchange)
	if at < 0 {
		t.Fatal("the capture has no ClientKeyExchange")
	}
	for _, changed := range []bool{false, true} {
		if changed {
			file[at+len(exchange)+100] ^= 1
		}
		told := false
		for _, e := range dissected(t, file, serverKey(t))[0].Events {
			if d, ok := e.Detail.(trace.KeysDetail); ok && e.Handshake == 0 {
				told = told || d.BadPremaster
			}
		}
		if told != changed {
			t.Errorf("changed: %t, told: %t", changed, told)
		}
	}
}
