package dissect

import (
	"fmt"
	"strings"

	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/record"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// newKeys brings a side's new keys into use: it sent ChangeCipherSpec.
func (d *Dissector) newKeys(f *flow, place trace.Place) {
	d.keyed, f.forgotten = true, nil
	h := d.handshake
	if h == nil || h.server == nil {
		d.keysUnseen(f, place)
		d.emit(trace.Event{Name: trace.Keys, From: d.side(f), Place: place, Detail: trace.KeysDetail{Version: d.version, Locked: f.protection.why}})
		return
	}
	if h.keyed[d.side(f)] {
		h.disorder = true
		d.remark(f, wire.RecordHeader{Type: wire.TypeChangeCipherSpec, Version: d.version, Length: 1}, place,
			trace.RecordDetail{Why: "it is the side's second ChangeCipherSpec in one handshake"})
		return
	}
	h.keyed[d.side(f)] = true
	d.resolve(h)
	f.protection = d.protect(f, h)
	detail := trace.KeysDetail{Version: h.version, Suite: suite.ByID(h.suiteID()), SuiteID: h.suiteID()}
	if f.protection.opener != nil {
		detail.Opened = h.opened
	} else {
		detail.Locked, detail.BadPremaster = f.protection.why, h.badPremaster
	}
	d.emit(trace.Event{Name: trace.Keys, From: d.side(f), Place: place, Detail: detail})
}

// protect makes the protection of a side out of what the handshake came to.
func (d *Dissector) protect(f *flow, h *handshake) protection {
	if h.master.IsZero() {
		return locked(h.why)
	}
	block := keys.KeyBlock(h.version, h.suite, h.master, &h.hello.Random, &h.server.Random)
	mac, key, iv := block.ClientMAC, block.ClientKey, block.ClientIV
	if d.side(f) == trace.Server {
		mac, key, iv = block.ServerMAC, block.ServerKey, block.ServerIV
	}
	newTrial := record.NewTrial
	_, thenMAC := h.server.Extension(wire.ExtensionEncryptThenMAC)
	if thenMAC && h.suite.IsCBC() {
		newTrial = record.NewEncryptThenMACTrial
	}
	t, err := newTrial(h.version, h.suite, mac, key, iv)
	if err != nil {
		return locked(err.Error())
	}
	p := protection{opener: trial{t}, unproved: true}
	if h.server.CompressionMethod == compressionDeflate {
		p.inflater = &inflater{}
		return p // who makes the records anew cannot make them as short
	}
	p.keys = d.tapKeys(f, h, thenMAC)
	return p
}

// resolve finds the handshake's master secret, or why there is none.
func (d *Dissector) resolve(h *handshake) {
	if h.resolved {
		return
	}
	h.resolved = true
	if h.why = d.cannotOpen(h); h.why != "" {
		return
	}
	for _, find := range []func(*handshake) bool{d.sameSession, d.logged, d.exchanged, d.knownSession} {
		if find(h) {
			return
		}
	}
	h.why = d.whyLocked(h)
}

// cannotOpen says why no key could open the connection here.
func (d *Dissector) cannotOpen(h *handshake) string {
	switch {
	case h.suite == nil:
		return fmt.Sprintf("%v in %v cannot be opened yet", h.suiteID(), h.version)
	case h.hello == nil:
		return "the ClientHello is not in the capture"
	case h.server.CompressionMethod > compressionDeflate:
		return fmt.Sprintf("records that are compressed (method %d) cannot be opened yet", h.server.CompressionMethod)
	}
	if _, short := h.server.Extension(wire.ExtensionTruncatedHMAC); short && !h.suite.IsAEAD() {
		return "truncated_hmac (RFC 6066) was negotiated, and records made so cannot be opened yet"
	}
	return ""
}

// sameSession: a handshake that resumes the session of this very connection has
// its secret.
func (d *Dissector) sameSession(h *handshake) bool {
	if !h.resumes() || d.master.IsZero() || !d.ofThis(h.hello) {
		return false
	}
	h.master, h.opened = d.master, d.opened
	return true
}

// logged looks into the key logs.
func (d *Dissector) logged(h *handshake) bool {
	if l, ok := d.keys.secrets(h.hello.Random); ok && !l.master.IsZero() {
		h.master, h.opened = l.master, l.from
		return true
	}
	if s, ok := d.keys.loggedSession(h.server.SessionID); ok {
		h.master, h.opened = s.master, s.from
		return true
	}
	return false
}

// exchanged opens the premaster secret that the client sent.
func (d *Dissector) exchanged(h *handshake) bool {
	if h.exchange == nil || h.suite.KeyExchange != suite.KeyExchangeRSA {
		return false
	}
	encrypted, err := wire.ParseRSAClientKeyExchange(h.exchange, h.version)
	if err != nil {
		return false
	}
	premaster, from, ok := d.keys.premaster(h.chain, encrypted)
	if !ok {
		_, h.badPremaster = d.keys.keyOf(h.chain)
		return false
	}
	if h.extended() {
		if h.broken || h.sessionHash == nil {
			return false
		}
		h.master = keys.ExtendedMasterSecret(h.version, h.suite, premaster, h.sessionHash)
	} else {
		h.master = keys.MasterSecret(h.version, h.suite, premaster, &h.hello.Random, &h.server.Random)
	}
	h.opened = from
	return true
}

// knownSession looks among the sessions of other connections.
func (d *Dissector) knownSession(h *handshake) bool {
	if !h.resumes() {
		return false
	}
	s, ok := d.keys.session(h.hello, h.server)
	if !ok || s.suite != h.suiteID() || s.version != h.version {
		return false
	}
	h.master, h.opened = s.master, fmt.Sprintf("%s, by the session that connection %d made", s.from, s.connection)
	return true
}

// exchangeOf is the key exchange in a suite's name.
func exchangeOf(id wire.SuiteID) string {
	before, _, _ := strings.Cut(strings.TrimPrefix(id.String(), "TLS_"), "_WITH_")
	exchange, _, _ := strings.Cut(before, "_")
	return exchange
}

// remember keeps the session for connections that resume it.
func (d *Dissector) remember(h *handshake) {
	if h.master.IsZero() {
		return
	}
	s := session{master: h.master, suite: h.suiteID(), version: h.version, from: h.opened, connection: d.story.Number}
	if !h.resumes() && len(h.server.SessionID) > 0 {
		d.keys.keep(idHash(h.server.SessionID), s)
	}
	for _, t := range h.tickets {
		d.keys.keep(t, s)
	}
}

// whyLocked says why no key that was given opens the handshake.
func (d *Dissector) whyLocked(h *handshake) string {
	rsa := h.suite.KeyExchange == suite.KeyExchangeRSA
	name, has := d.keys.keyOf(h.chain)
	switch {
	case h.resumes():
		return "the session that it resumes was made where the capture does not show it, or nothing given opens that"
	case has && !rsa:
		return fmt.Sprintf("the RSA key of the server (%s) cannot open %s: it only signs there, and the keys are made of numbers that nobody keeps; a key log can", name, exchangeOf(h.suiteID()))
	case has && h.broken:
		return "records of its handshake are missing from the capture"
	case has && h.exchange == nil:
		return "the ClientKeyExchange is missing from the capture"
	case has:
		return fmt.Sprintf("the premaster secret does not open with %s", name)
	case d.keys.hasKeys() && h.chain == nil:
		return "the server's certificate is not in the capture, so that nobody can tell which key is its"
	case d.keys.hasKeys() && rsa:
		return "none of the RSA keys given is the one in the server's certificate"
	case d.keys.hasLogs():
		return "the key logs given have no line for this connection"
	}
	return "no key was given"
}
