package parley_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"hash"
	"testing"

	"github.com/parley-tls/parley/internal/record"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// An explainer works out the handshakes of a conversation from its records and
// the premaster secret. It shares with the server the parsers and the opening of
// records, and has its own PRF, a plain reading of RFC 2246 and RFC 5246, section 5.
type explainer struct {
	t         *testing.T
	premaster []byte
	sides     map[string]*explainedSide
	done      []*vectorHandshake
	h         *vectorHandshake // under way
	offered   *wire.ClientHello
}

type explainedSide struct {
	opener *record.Opener
	joiner record.Joiner
}

func explainConversation(t *testing.T, records []vectorRecord, premaster []byte) []*vectorHandshake {
	t.Helper()
	x := &explainer{t: t, premaster: premaster, sides: map[string]*explainedSide{
		"client": {opener: record.PlainOpener()}, "server": {opener: record.PlainOpener()},
	}}
	for _, r := range records {
		x.record(r)
	}
	return x.done
}

func (x *explainer) record(r vectorRecord) {
	x.t.Helper()
	side := x.sides[r.From]
	content, err := side.opener.Open(bytes.Clone(r.Bytes))
	if err != nil {
		x.t.Fatalf("a record of the %s does not open: %v", r.From, err)
	}
	switch wire.ContentType(r.Bytes[0]) {
	case wire.TypeChangeCipherSpec:
		side.opener = x.nextOpener(r.From)
	case wire.TypeHandshake:
		if err := side.joiner.Add(content); err != nil {
			x.t.Fatal(err)
		}
		for m, ok := side.joiner.Next(); ok; m, ok = side.joiner.Next() {
			x.message(r.From, m)
		}
	}
}

func (x *explainer) message(from string, m wire.Message) {
	x.t.Helper()
	switch m.Type() {
	case wire.MessageClientHello:
		x.offered = parseHello(x.t, m)
		x.h = &vectorHandshake{Kind: "first", ClientRandom: x.offered.Random[:]}
		if len(x.done) > 0 {
			x.h.Kind = "reset"
		}
	case wire.MessageServerHello:
		x.serverHello(m)
	case wire.MessageNewSessionTicket:
		ticket, err := wire.ParseNewSessionTicket(m)
		if err != nil {
			x.t.Fatal(err)
		}
		x.h.Ticket = ticket.Ticket
	case wire.MessageFinished:
		x.finished(from, m)
	}
	x.h.Messages = append(x.h.Messages, vectorMessage{From: from, Type: m.Type().String(), Bytes: vectorBytes(m)})
	if x.h.ClientVerifyData != nil && x.h.ServerVerifyData != nil {
		x.done = append(x.done, x.h)
	}
}

func (x *explainer) serverHello(m wire.Message) {
	x.t.Helper()
	hello, err := wire.ParseServerHello(m)
	if err != nil {
		x.t.Fatal(err)
	}
	h := x.h
	h.Version, h.CipherSuite, h.ServerRandom = vectorNumber(hello.Version), vectorNumber(hello.CipherSuite), hello.Random[:]
	h.SessionID = hello.SessionID
	if info, present, err := hello.RenegotiationInfo(); err != nil {
		x.t.Fatal(err)
	} else if present {
		h.RenegotiationInfo = (*vectorBytes)(&info)
	}
	if len(x.done) > 0 {
		h.MasterSecret = x.done[0].MasterSecret
		return
	}
	h.PremasterSecret = x.premaster
	h.MasterSecret = plainPRF(h.Version, x.premaster, "master secret", append(bytes.Clone(h.ClientRandom), h.ServerRandom...), 48)
}

// finished computes what a Finished must hold and compares.
func (x *explainer) finished(from string, m wire.Message) {
	x.t.Helper()
	h := x.h
	var said []byte
	for _, before := range h.Messages {
		said = append(said, before.Bytes...)
	}
	var digest []byte
	if wire.Version(h.Version) == wire.VersionTLS12 {
		sum := sha256.Sum256(said)
		digest = sum[:]
	} else {
		first, second := md5.Sum(said), sha1.Sum(said)
		digest = append(first[:], second[:]...)
	}
	want := plainPRF(h.Version, h.MasterSecret, from+" finished", digest, 12)
	finished, err := wire.ParseFinished(m)
	if err != nil || !bytes.Equal(finished.VerifyData, want) {
		x.t.Fatalf("the %s's Finished of the %s handshake is not what the transcript gives (%v)", from, h.Kind, err)
	}
	if from == "client" {
		h.ClientVerifyData = want
	} else {
		h.ServerVerifyData = want
	}
}

// nextOpener makes the keys that a side's ChangeCipherSpec brings into use (RFC
// 5246, section 6.3).
func (x *explainer) nextOpener(from string) *record.Opener {
	x.t.Helper()
	h := x.h
	mac, iv := 20, 16 // TLS_RSA_WITH_AES_128_CBC_SHA in TLS 1.0
	if wire.Version(h.Version) == wire.VersionTLS12 {
		mac, iv = 0, 4 // TLS_RSA_WITH_AES_128_GCM_SHA256
	}
	const key = 16
	block := plainPRF(h.Version, h.MasterSecret, "key expansion", append(bytes.Clone(h.ServerRandom), h.ClientRandom...), 2*(mac+key+iv))
	cut := func(at, n int) []byte {
		if from == "server" {
			at += n
		}
		return block[at : at+n]
	}
	opener, err := record.NewOpener(wire.Version(h.Version), suite.ByID(wire.SuiteID(h.CipherSuite)), cut(0, mac), cut(2*mac, key), cut(2*(mac+key), iv))
	if err != nil {
		x.t.Fatal(err)
	}
	return opener
}

// plainPRF is the PRF of RFC 2246 (TLS 1.0) and of RFC 5246 with SHA-256.
func plainPRF(version vectorNumber, secret []byte, label string, seed []byte, n int) []byte {
	seed = append([]byte(label), seed...)
	if wire.Version(version) == wire.VersionTLS12 {
		return plainExpand(sha256.New, secret, seed, n)
	}
	half := (len(secret) + 1) / 2
	out := plainExpand(md5.New, secret[:half], seed, n)
	for i, b := range plainExpand(sha1.New, secret[len(secret)-half:], seed, n) {
		out[i] ^= b
	}
	return out
}

// plainExpand is P_hash.
func plainExpand(h func() hash.Hash, secret, seed []byte, n int) []byte {
	of := func(parts ...[]byte) []byte {
		mac := hmac.New(h, secret)
		for _, p := range parts {
			mac.Write(p)
		}
		return mac.Sum(nil)
	}
	var out []byte
	for a := of(seed); len(out) < n; a = of(a) {
		out = append(out, of(a, seed)...)
	}
	return out[:n]
}
