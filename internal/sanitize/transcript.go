package sanitize

import (
	"bytes"
	"crypto"
	_ "crypto/sha256" // crypto.SHA256 and crypto.SHA384 are made by name
	_ "crypto/sha512"

	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// maxEarly bounds what is kept of a handshake before its hash is known.
const maxEarly = 1 << 20

// A transcript is that of a handshake as it is made anew.
type transcript struct {
	connection *connection
	early      []byte // up to TLS 1.2, until a Finished: nobody signs it afterwards
	dropped    bool   // early is not all of it
	chosen     bool
	broken     bool // not all of it was made
	version    wire.Version
	old        *keys.Transcript
	modern     crypto.Hash // TLS 1.3; zero: it is none

	client, server []byte           // the randoms of the new hellos; nil: not seen
	owners         [2]crypto.Signer // of the new certificates' keys, by direction
	finished       [2]bool          // what a direction says afterwards is not in early
}

// Wrote adds the message that was made last.
func (t *transcript) Wrote(m wire.Message) {
	made := t.connection.current
	if len(made) != len(m) {
		t.broken = true
		return
	}
	if hello, err := wire.ParseServerHello(made); err == nil {
		t.server = bytes.Clone(hello.Random[:])
	}
	if isRetry(made) {
		t.retry(made)
	}
	t.write(made)
	if t.old != nil && m.Type() == wire.MessageFinished {
		t.drop()
	}
}

func (t *transcript) write(m []byte) {
	if t.old != nil {
		t.old.Write(m)
	}
	switch {
	case t.dropped:
	case len(t.early)+len(m) > maxEarly:
		t.broken = t.broken || t.old == nil
		t.drop()
	default:
		t.early = append(t.early, m...)
	}
}

// drop forgets the messages.
func (t *transcript) drop() { t.early, t.dropped = nil, true }

// isRetry reports whether a message is a HelloRetryRequest.
func isRetry(m wire.Message) bool {
	hello, err := wire.ParseServerHello(m)
	return m.Type() == wire.MessageServerHello && err == nil && hello.Random == retryRandom
}

// retryRandom is how a ServerHello says that it is one (RFC 8446, section 4.1.3).
var retryRandom = [32]byte{
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
}

// retry puts the first hello's hash in its place (RFC 8446, section 4.4.1).
func (t *transcript) retry(m wire.Message) {
	hello, _ := wire.ParseServerHello(m)
	h := modernHash(hello.CipherSuite).New()
	h.Write(t.early)
	sum := h.Sum(nil)
	t.early = append([]byte{byte(wire.MessageMessageHash), 0, 0, byte(len(sum))}, sum...)
}

func modernHash(id wire.SuiteID) crypto.Hash {
	if id == wire.TLS_AES_256_GCM_SHA384 {
		return crypto.SHA384
	}
	return crypto.SHA256
}

// choose learns the hash, once it is settled.
func (t *transcript) choose(m dissect.TapMessage) {
	if t.chosen || m.SuiteID == 0 {
		return
	}
	t.version = m.Version
	switch {
	case m.Version == wire.VersionTLS13:
		t.chosen = true
		t.modern = modernHash(m.SuiteID)
	case m.Suite != nil:
		t.chosen = true
		t.old = keys.NewTranscript()
		t.old.Choose(m.Version, m.Suite)
		t.old.Write(t.early)
	}
}

// verifyData is what a Finished must hold; nil: nobody can tell.
func (c *connection) verifyData(m dissect.TapMessage) []byte {
	t, ok := m.Follower.(*transcript)
	switch {
	case !ok || t.broken || !t.chosen:
		return nil
	case t.modern != 0:
		return c.modernVerifyData(t, m)
	case m.Master.IsZero():
		return nil
	case m.Side == trace.Server:
		return t.old.ServerVerifyData(c.run.master(m.Master))
	}
	return t.old.ClientVerifyData(c.run.master(m.Master))
}

func (c *connection) modernVerifyData(t *transcript, m dissect.TapMessage) []byte {
	if m.Keys == nil {
		return nil
	}
	s := c.modern(m.Keys)
	if s == nil {
		return nil
	}
	h := t.modern.New()
	h.Write(t.early)
	return s.Finished(h.Sum(nil))
}

// finished makes the body of a Finished: a right one where the old one was, else a
// wrong one. It is kept, since a hello may come to quote it (RFC 5746, section 3.1).
func (c *connection) finished(m dissect.TapMessage, body []byte) []byte {
	made := c.noiseOf(len(body))
	if m.Verified {
		if right := c.verifyData(m); len(right) == len(body) {
			made = right
		}
	}
	const few = 64
	if len(c.proofs) >= few {
		clear(c.proofs)
	}
	c.proofs[string(body)] = bytes.Clone(made)
	return made
}

// proof replaces what a renegotiation_info quotes: one side's verify_data, or both.
func (c *connection) proof(old []byte) []byte {
	if made, known := c.proofs[string(old)]; known {
		return made
	}
	client, knownClient := c.proofs[string(old[:len(old)/2])]
	server, knownServer := c.proofs[string(old[len(old)/2:])]
	if knownClient && knownServer {
		return append(bytes.Clone(client), server...)
	}
	return c.noiseOf(len(old))
}
