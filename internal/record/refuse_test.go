package record

import (
	"bytes"
	"testing"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// The header's version takes part in nothing: renegotiating clients send
// 0x0301 whatever was negotiated.
func TestHeaderVersionTakesNoPart(t *testing.T) {
	for _, p := range protections() {
		for _, said := range []wire.Version{0, wire.VersionSSL30, wire.VersionTLS10, wire.VersionTLS12, 0xffff} {
			rec := p.sealer(t).Seal(nil, wire.TypeHandshake, []byte("ClientHello"))
			rec[1], rec[2] = byte(said>>8), byte(said)
			if got, err := p.opener(t).Open(rec); err != nil || string(got) != "ClientHello" {
				t.Errorf("%v: a header with %v: %v", p, said, err)
			}
		}
	}
}

// A MAC over the header's version instead of the negotiated one does not hold.
func TestMACOverTheHeadersVersionIsRefused(t *testing.T) {
	for _, c := range []suite.Cipher{
		suite.CipherRC4, suite.Cipher3DESCBC, suite.CipherAES128CBC, suite.CipherAES128GCM, suite.CipherChaCha20Poly1305,
	} {
		p := find(t, wire.VersionTLS12, c)
		wrong := p.sealer(t)
		overrule(wrong, wire.VersionTLS10)
		rec := wrong.Seal(nil, wire.TypeHandshake, []byte("ClientHello"))
		if h, _ := wire.ParseRecordHeader(rec); h.Version != wire.VersionTLS10 {
			t.Fatalf("%v: the header says %v", p, h.Version)
		}
		_, err := p.opener(t).Open(rec)
		wantAlert(t, err, wire.AlertBadRecordMAC)
	}
}

// overrule makes s use v in headers, MAC and additional data, and nothing else.
func overrule(s *Sealer, v wire.Version) {
	s.version = v
	switch p := s.protection.(type) {
	case *stream:
		p.mac.version = v
	case *cbcSealing:
		p.mac.version = v
	case *aead:
		p.version = v
	}
}

// Every bit that is not the header's version is authenticated.
func TestEveryTamperedByteIsRefused(t *testing.T) {
	for _, p := range protections() {
		whole := p.sealer(t).Seal(nil, wire.TypeHandshake, []byte("some message"))
		for i := range whole {
			if i == 1 || i == 2 {
				continue
			}
			for _, bit := range []byte{1, 0x80} {
				rec := bytes.Clone(whole)
				rec[i] ^= bit
				if p.version == wire.VersionSSL30 && p.suite.IsCBC() && inPadding(t, p, whole, i) {
					continue // CVE-2014-3566: nothing authenticates SSL 3.0's padding
				}
				_, err := p.opener(t).Open(rec)
				wantAlert(t, err, wire.AlertBadRecordMAC)
			}
		}
	}
}

// inPadding reports whether changing byte i of an SSL 3.0 record may reach
// nothing but padding that is not looked at: its block, and the one before,
// which CBC adds to it.
func inPadding(t *testing.T, p protection, rec []byte, i int) bool {
	plaintext, err := p.opener(t).Open(bytes.Clone(rec))
	if err != nil {
		t.Fatal(err)
	}
	block := p.suite.BlockLen()
	padding := (len(plaintext) + p.suite.MACLen()) / block
	return (i-wire.RecordHeaderLen)/block >= padding-1
}

func TestEveryTruncationIsRefused(t *testing.T) {
	for _, p := range protections() {
		whole := p.sealer(t).Seal(nil, wire.TypeHandshake, letters(0, 100))
		for n := range whole {
			_, err := p.opener(t).Open(bytes.Clone(whole[:n]))
			wantAlert(t, err, wire.AlertBadRecordMAC)
			if n < wire.RecordHeaderLen {
				continue
			}
			rec := wire.RecordHeader{Type: wire.TypeHandshake, Version: p.version, Length: n - wire.RecordHeaderLen}.Append(nil)
			_, err = p.opener(t).Open(append(rec, whole[wire.RecordHeaderLen:n]...))
			wantAlert(t, err, wire.AlertBadRecordMAC)
		}
	}
}

func TestRecordsOutOfOrderAreRefused(t *testing.T) {
	for _, p := range protections() {
		s := p.sealer(t)
		first, second := s.Seal(nil, wire.TypeAlert, []byte("1")), s.Seal(nil, wire.TypeAlert, []byte("2"))
		_, err := p.opener(t).Open(bytes.Clone(second))
		wantAlert(t, err, wire.AlertBadRecordMAC)

		o := p.opener(t)
		if _, err := o.Open(bytes.Clone(first)); err != nil {
			t.Fatal(err)
		}
		_, err = o.Open(bytes.Clone(first))
		wantAlert(t, err, wire.AlertBadRecordMAC)
	}
}

// After a failure nothing opens, not even what would have, and the bytes given
// are left alone. RC4 and chained CBC have moved on; the others could go on and
// must not.
func TestFailedOpenIsFinal(t *testing.T) {
	for _, p := range protections() {
		s, o := p.sealer(t), p.opener(t)
		good := s.Seal(nil, wire.TypeAlert, []byte("good"))
		bad := bytes.Clone(good)
		bad[len(bad)-wire.RecordHeaderLen-3] ^= 1
		_, first := o.Open(bad)
		wantAlert(t, first, wire.AlertBadRecordMAC)
		sequence := o.Sequence()
		for range 2 {
			again := bytes.Clone(good)
			_, err := o.Open(again)
			if err != first {
				t.Errorf("%v: first %v, then %v", p, first, err)
			}
			if !bytes.Equal(again, good) || o.Sequence() != sequence {
				t.Errorf("%v: a finished Opener touches a record", p)
			}
		}
	}
}

// RC4 and, before TLS 1.1, CBC carry state from record to record: leaving one
// out makes the next unreadable even where its MAC would fit.
func TestCipherStateMovesWithEachRecord(t *testing.T) {
	for _, p := range protections() {
		moves := p.suite.Cipher == suite.CipherRC4 || p.suite.IsCBC() && p.version <= wire.VersionTLS10
		s := p.sealer(t)
		s.Seal(nil, wire.TypeAlert, []byte("left out"))
		second := s.Seal(nil, wire.TypeAlert, []byte("second record"))
		o := p.opener(t)
		o.sequence.next = 1
		got, err := o.Open(second)
		if moves {
			wantAlert(t, err, wire.AlertBadRecordMAC)
		} else if err != nil || string(got) != "second record" {
			t.Errorf("%v: %v", p, err)
		}
	}
}

// An authentic record with more than 2^14 bytes is an overflow, not a forgery.
func TestTooMuchPlaintextIsAnOverflow(t *testing.T) {
	for _, p := range protections() {
		s := p.sealer(t)
		payload := make([]byte, wire.MaxPlaintext+1)
		h := wire.RecordHeader{Type: wire.TypeAlert, Version: p.version, Length: s.protection.sealedLen(len(payload))}
		dst := append(make([]byte, 0, s.recordLen(len(payload))), h.Append(nil)...)
		rec, err := s.protection.seal(s.random, 0, wire.TypeAlert, dst, payload)
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.opener(t).Open(rec)
		wantAlert(t, err, wire.AlertRecordOverflow)
	}
}
