package dissect_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/dissect"
)

// Whoever makes the connection again is told of each record how it was made.
func TestEachRecordIsTold(t *testing.T) {
	for _, test := range []struct {
		ring *dissect.Keyring
		want string
	}{
		{serverKey(t), `
			→ handshake 0x0301 297: 297
			→ handshake 0x0303 262: 262
			→ change_cipher_spec 0x0303 1: 1
			→ handshake 0x0303 40: under keys, 16
			→ application_data 0x0303 4120: under keys, 4096
			→ handshake 0x0301 513: under keys, 489`},
		{dissect.NewKeyring(), `
			→ handshake 0x0301 297: 297
			→ handshake 0x0303 262: 262
			→ change_cipher_spec 0x0303 1: 1
			→ handshake 0x0303 40: sealed
			→ application_data 0x0303 4120: sealed
			→ handshake 0x0301 513: sealed`},
	} {
		var told []string
		streams := capture.NewAssembler(func(c capture.Connection) capture.Sink {
			return dissect.New(c, dissect.Options{Keys: test.ring, Record: func(r dissect.Record) {
				if r.Direction == capture.AtoB {
					told = append(told, recordWords(r))
				}
			}})
		}, capture.Limits{})
		r, err := capture.NewReader(bytes.NewReader(read(t, captures+"founding-tls12.pcap")), capture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for p, err := r.Next(); err == nil; p, err = r.Next() {
			streams.Add(p)
		}
		streams.Finish()
		if got := strings.Join(told, "\n"); got != strings.ReplaceAll(strings.TrimSpace(test.want), "\t", "") {
			t.Errorf("told:\n%s", got)
		}
	}
}

func recordWords(r dissect.Record) string {
	text := fmt.Sprintf("→ %s 0x%04x %d: ", r.Type, uint16(r.Header), r.Length)
	switch {
	case r.Sealed:
		return text + "sealed"
	case r.Protected:
		text += "under keys, "
	}
	return text + fmt.Sprint(len(r.Content))
}
