package dissect

import (
	"bytes"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// A Tap sees what a Dissector reads, as it reads it, secrets and all. It is for
// whoever makes the two streams anew.
type Tap interface {
	// Keys says that a direction comes under keys that are known.
	Keys(*TapKeys)
	// Header gives the header of a record of which more is to come, or not, and the
	// keys that are known of those that it is under.
	Header(d capture.Direction, offset int64, h wire.RecordHeader, k *TapKeys)
	// Record gives a record that is whole, before what it holds is taken.
	Record(TapRecord)
	// Message gives a handshake message that became whole, before it is taken.
	Message(TapMessage)
	// Handshake says that one begins with a hello, nil if that was not seen.
	Handshake(hello *wire.ClientHello) Follower
}

// A Follower is told what a handshake's transcript takes: the message that Tap was
// given last.
type Follower interface{ Wrote(wire.Message) }

// A TapRecord is one record.
type TapRecord struct {
	Direction capture.Direction
	Offset    int64 // in the stream
	Header    wire.RecordHeader
	// Read says that Content is what the record holds; else it stays sealed, or
	// nobody knows what it is.
	Read    bool
	Content []byte           // valid until the Tap returns
	Type    wire.ContentType // of the content
	Waiting int              // bytes of a handshake message that the records before it began

	Keys     *TapKeys // that it is under, as far as they are known; nil: it is in clear, or they are not
	Sequence uint64   // where Keys opened it
	Position int64    // likewise, up to TLS 1.2: the bytes of the fragments before it under them
	As       wire.Version
}

// TapKeys are the keys of one direction in one epoch.
type TapKeys struct {
	Version                    wire.Version
	Suite                      *suite.Suite
	Side                       trace.Side
	Master                     keys.Secret
	ClientRandom, ServerRandom [32]byte
	EncryptThenMAC             bool

	// In TLS 1.3.
	SuiteID wire.SuiteID
	Label   string // of the secret in the key log
	Secret  keys.Secret
	Before  *TapKeys // whose secret was updated to this one; nil: none
}

// A TapMessage is one handshake message.
type TapMessage struct {
	Direction capture.Direction
	Message   wire.Message // valid until the Tap returns
	SSL2      bool         // a hello in the format of SSL 2.0
	Version   wire.Version // negotiated; zero: not yet
	SuiteID   wire.SuiteID
	// Of the handshake that it belongs to.
	Follower Follower // nil: to none
	Broken   bool     // part of it was not seen
	Suite    *suite.Suite
	Master   keys.Secret
	Keys     *TapKeys   // that it came under; nil: none that are known
	Side     trace.Side // of a Finished
	Verified bool       // a Finished that is right
}

func (d *Dissector) tapHeader(f *flow, h wire.RecordHeader) {
	if d.options.Tap != nil {
		d.options.Tap.Header(f.direction, f.start, h, f.protection.keys)
	}
}

// tapRead gives a record that was read.
func (d *Dissector) tapRead(f *flow, h wire.RecordHeader, t wire.ContentType, content []byte, offset int64) {
	if d.options.Tap == nil {
		return
	}
	d.options.Tap.Record(TapRecord{
		Direction: f.direction, Offset: offset, Header: h, Read: true, Content: content, Type: t, Waiting: f.joiner.Pending(),
	})
}

// tapOpened gives one that the keys in use opened. One that was compressed is none that
// can be made again at its length.
func (d *Dissector) tapOpened(f *flow, h wire.RecordHeader, t wire.ContentType, content []byte, offset int64, as wire.Version) {
	if d.options.Tap == nil {
		return
	}
	if f.protection.inflater != nil {
		d.tapSealed(f, h, offset)
		return
	}
	r := TapRecord{
		Direction: f.direction, Offset: offset, Header: h, Read: true, Content: content, Type: t, Waiting: f.joiner.Pending(),
		Keys: f.protection.keys, As: as,
	}
	switch o := f.protection.opener.(type) {
	case trial:
		r.Sequence, r.Position = o.Sequence()-1, o.Position()-int64(h.Length)
	case *modernOpener:
		r.Sequence = o.next - 1
	}
	d.options.Tap.Record(r)
}

// tapSealed gives one that stays as it is.
func (d *Dissector) tapSealed(f *flow, h wire.RecordHeader, offset int64) {
	if d.options.Tap == nil {
		return
	}
	d.options.Tap.Record(TapRecord{
		Direction: f.direction, Offset: offset, Header: h, Type: h.Type, Waiting: f.joiner.Pending(), Keys: f.protection.keys,
	})
}

// tapMessage gives a message.
func (d *Dissector) tapMessage(f *flow, m joined) {
	if d.options.Tap == nil {
		return
	}
	out := TapMessage{Direction: f.direction, Message: m.Message, SSL2: m.header == wire.VersionSSL20, Version: d.version, Side: d.side(f), Keys: f.protection.keys}
	if h := d.handshake; h != nil {
		out.Follower, out.Suite, out.Master, out.SuiteID = h.follower, h.suite, h.master, h.suiteID()
		out.Broken = h.broken
		if m.Type() == wire.MessageFinished {
			out.Verified = d.finishedFault(f, m) == "" && h.verified[d.side(f)]
		}
	}
	d.options.Tap.Message(out)
}

// follow has a handshake's transcript followed.
func (d *Dissector) follow(h *handshake) *handshake {
	if d.options.Tap != nil {
		h.follower = d.options.Tap.Handshake(h.hello)
	}
	return h
}

// tapKeys notes what a direction is under.
func (d *Dissector) tapKeys(f *flow, h *handshake, thenMAC bool) *TapKeys {
	if d.options.Tap == nil {
		return nil
	}
	k := &TapKeys{
		Version: h.version, Suite: h.suite, Side: d.side(f), Master: h.master,
		ClientRandom: h.hello.Random, ServerRandom: h.server.Random, EncryptThenMAC: thenMAC,
	}
	d.options.Tap.Keys(k)
	return k
}

// tapModernKeys does the same in TLS 1.3.
func (d *Dissector) tapModernKeys(f *flow, h *handshake, label string) *TapKeys {
	if d.options.Tap == nil {
		return nil
	}
	k := &TapKeys{
		Version: wire.VersionTLS13, SuiteID: h.suiteID(), Side: d.side(f), ClientRandom: h.hello0().Random,
		Label: label, Secret: h.modern.log.traffic[label],
	}
	d.options.Tap.Keys(k)
	return k
}

// A ModernSealer seals records of TLS 1.3 at the lengths that others had.
type ModernSealer struct{ opener *modernOpener }

// NewModernSealer makes one of a traffic secret; nil where that is none of the suite's.
func NewModernSealer(id wire.SuiteID, secret keys.Secret) *ModernSealer {
	s, known := modernSuites[id]
	if !known {
		return nil
	}
	if o := newModernOpener(s, secret); o != nil {
		return &ModernSealer{o}
	}
	return nil
}

// Seal makes the fragment that a record with this header has. It is padded as far
// as the header asks; nil says that content does not fit.
func (s *ModernSealer) Seal(h wire.RecordHeader, sequence uint64, t wire.ContentType, content []byte) []byte {
	padding := h.Length - len(content) - 1 - s.opener.aead.Overhead()
	if padding < 0 {
		return nil
	}
	inner := append(append(bytes.Clone(content), byte(t)), make([]byte, padding)...)
	nonce := s.opener.nonce(sequence)
	return s.opener.aead.Seal(nil, nonce[:], inner, h.Append(nil))
}

// Finished is the verify_data that the secret makes of a transcript's hash.
func (s *ModernSealer) Finished(transcript []byte) []byte {
	return finishedOf(s.opener.suite.hash, s.opener.secret, transcript)
}

// Next is the sealer behind a KeyUpdate.
func (s *ModernSealer) Next() *ModernSealer {
	return &ModernSealer{newModernOpener(s.opener.suite, nextTraffic(s.opener.suite.hash, s.opener.secret))}
}
