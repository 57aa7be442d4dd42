package record

import (
	"fmt"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// An Opener takes the protection off the records of one direction, under one
// set of keys. It is not safe for use by several goroutines.
type Opener struct {
	protection opening
	sequence   sequence
	fault      *wire.Fault // once set, nothing is opened again
}

// An opening opens fragments. False means that the fragment is not authentic,
// and says no more: which check failed is nobody's business.
type opening interface {
	open(seq uint64, t wire.ContentType, fragment []byte) (plaintext []byte, ok bool)
	overhead() int
}

// PlainOpener opens records before the first ChangeCipherSpec: it hands their
// fragments out as they are.
func PlainOpener() *Opener {
	return &Opener{protection: plain{}}
}

// NewOpener opens records protected under v and s. The version is the
// negotiated one, whatever the records' headers will say. The error is about
// parameters that do not fit together.
func NewOpener(v wire.Version, s *suite.Suite, mac, key, iv []byte) (*Opener, error) {
	if err := checkParameters(v, s, mac, key, iv); err != nil {
		return nil, err
	}
	p, err := newOpening(v, s, mac, key, iv)
	if err != nil {
		return nil, err
	}
	return &Opener{protection: p}, nil
}

func newOpening(v wire.Version, s *suite.Suite, mac, key, iv []byte) (opening, error) {
	switch {
	case s.IsAEAD():
		return newAEAD(v, s, key, iv)
	case s.IsCBC():
		return newCBCOpening(v, s, mac, key, iv)
	default:
		return newStream(v, s, mac, key)
	}
}

// Open takes the protection off rec, which is one whole record as Next gives
// it, in place: plaintext lies inside rec, and what else rec held is lost.
//
// The error is a *wire.Fault, bad_record_mac for every way of not being
// authentic. It is final: a cipher's state has moved and its nonce is used, so
// every further Open gives the same fault and touches nothing.
func (o *Opener) Open(rec []byte) (plaintext []byte, err error) {
	if o.fault != nil {
		return nil, o.fault
	}
	plaintext, fault := o.open(rec)
	if fault != nil {
		o.fault = fault
		return nil, fault
	}
	return plaintext, nil
}

func (o *Opener) open(rec []byte) ([]byte, *wire.Fault) {
	h, ok := wire.ParseRecordHeader(rec)
	if !ok || h.Length != len(rec)-wire.RecordHeaderLen {
		return nil, badRecordMAC()
	}
	seq, ok := o.sequence.take()
	if !ok {
		return nil, sequenceSpent()
	}
	plaintext, ok := o.protection.open(seq, h.Type, rec[wire.RecordHeaderLen:])
	if !ok {
		return nil, badRecordMAC()
	}
	// RFC 5246, section 6.2.1. Only an authentic record comes this far, so the
	// length tells an attacker nothing.
	if len(plaintext) > wire.MaxPlaintext {
		return nil, &wire.Fault{
			Alert:  wire.AlertRecordOverflow,
			Reason: fmt.Sprintf("a record holds %d bytes, more than any may", len(plaintext)),
		}
	}
	return plaintext, nil
}

// Overhead is the most that protection adds to a fragment, the record's header
// not counted.
func (o *Opener) Overhead() int { return o.protection.overhead() }

// Sequence is the number that the next record has.
func (o *Opener) Sequence() uint64 { return o.sequence.next }

// Format shows nothing of the keys, whatever the verb. fmt cannot ask it to from
// inside an unexported field: there, keep a pointer.
func (o Opener) Format(f fmt.State, _ rune) { hidden(f, "opener") }

// badRecordMAC is the one fault of every record that is not authentic. RFC
// 5246, section 7.2.2: telling bad padding from a bad MAC is an attack.
func badRecordMAC() *wire.Fault {
	return &wire.Fault{
		Alert:  wire.AlertBadRecordMAC,
		Reason: "a record is not authentic under the keys in use",
	}
}
