package engine_test

import (
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/parley-tls/parley/internal/handshake"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// A reason goes into logs and reports; what the peer put into it may be long, and
// may be made to look like a line of its own.
func TestAReasonIsBoundedAndPrintable(t *testing.T) {
	said := strings.Repeat("said by the peer\n\x1b[2J\xff\u202e", 1000)
	p := tls12
	for i := range 60 {
		p.alpn = append(p.alpn, said[100*i:][:255])
	}
	c := converse(t, p)
	c.server.settings.ALPN = []string{"ours"}
	c.Client(hello())
	c.Ends(wire.AlertNoApplicationProtocol, "")
	isBounded(t, c, "by ALPN")

	c = converse(t, tls12)
	c.server.verify = func(handshake.VerifyQuestion) error { return errors.New(said) }
	c.Client(hello())
	c.goOn()
	c.ended(wire.AlertInternalError, "")
	isBounded(t, c, "said by the peer")
}

// isBounded wants the reason of the end fit for a log, wherever it is told.
func isBounded(t *testing.T, c *conversation, about string) {
	t.Helper()
	reasons := []string{c.err.Error()}
	for _, e := range append(c.told(trace.HandshakeFailed), c.told(trace.Closed)...) {
		reasons = append(reasons, e.Detail.(trace.FailureDetail).Reason)
	}
	if len(reasons) != 3 {
		t.Fatalf("it was told %d times", len(reasons))
	}
	for _, r := range reasons {
		if !strings.Contains(r, about) || len(r) > 1000 || !utf8.ValidString(r) || strings.ContainsFunc(r, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%d bytes: %q", len(r), r[:min(len(r), 200)])
		}
	}
}
