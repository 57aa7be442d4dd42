package sanitize_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/parley-tls/parley/internal/sanitize"
)

// A hello may say that its list of suites is longer than it is, and the list then reaches
// into the extensions: the name in them does not stay for that.
func TestAListThatReachesIntoOthersDoesNotStay(t *testing.T) {
	const name = "shop.initech-secret.com"
	suites := []byte{0x00, 0x04, 0xc0, 0x2f, 0x00, 0x2f}
	rest := append([]byte("\x01\x00\x00\x20\x00\x00\x00\x1c\x00\x1a\x00\x00"), byte(len(name)))
	rest = append(rest, name...)
	for length := range 64 {
		for _, list := range [][]byte{suites, suites[:2]} {
			body := slices.Concat([]byte{3, 3}, bytes.Repeat([]byte{0xa5, 0x17}, 16), []byte{0}, list, rest)
			body[2+32+1+1] = byte(length)
			message := append([]byte{1, 0, 0, byte(len(body))}, body...)
			hello := binary.BigEndian.AppendUint16([]byte{22, 3, 1}, uint16(len(message)))
			made := joined(t, sanitized(t, asCapture(t, []said{c(string(append(hello, message...)))}, 1460), sanitize.Options{}))
			for at := 0; at+6 <= len(name); at++ {
				if bytes.Contains(made, []byte(name[at:at+6])) {
					t.Fatalf("where the list has %d bytes, %q is left", length, name[at:at+6])
				}
			}
		}
	}
}
