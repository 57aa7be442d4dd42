package record

import (
	"bytes"
	"crypto/cipher"
	"crypto/hmac"
	"encoding/binary"
	"fmt"
	"hash"
	"testing"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

func (p protection) trial(t testing.TB) *Trial {
	t.Helper()
	trial, err := NewTrial(p.version, p.suite, p.mac, p.key, p.iv)
	if err != nil {
		t.Fatal(err)
	}
	return trial
}

// sealed are records of a side, each with its number in it.
func (p protection) sealed(t testing.TB, n int) (records [][]byte) {
	t.Helper()
	s, err := NewSealer(p.version, p.suite, p.mac, p.key, p.iv)
	if err != nil {
		t.Fatal(err)
	}
	s.SetRandom(bytes.NewReader(make([]byte, 1<<16)))
	for i := range n {
		records = append(records, s.Seal(nil, wire.TypeHandshake, fmt.Appendf(nil, "record %d of them", i)))
	}
	return records
}

func opens(trial *Trial, rec []byte, want int) error {
	room := make([]byte, len(rec))
	before := bytes.Clone(rec)
	plaintext, _, ok := trial.Open(rec, room)
	switch {
	case !bytes.Equal(rec, before):
		return fmt.Errorf("the record was changed")
	case !ok:
		return fmt.Errorf("record %d does not open", want)
	case string(plaintext) != fmt.Sprintf("record %d of them", want):
		return fmt.Errorf("record %d says %q", want, plaintext)
	}
	return nil
}

func TestTrialGoesOnAfterWhatDoesNotOpen(t *testing.T) {
	for _, p := range protections() {
		trial, records := p.trial(t), p.sealed(t, 4)
		for i, rec := range records {
			wrong := bytes.Clone(rec)
			wrong[len(wrong)-1] ^= 1
			if _, _, ok := trial.Open(wrong, make([]byte, len(wrong))); ok {
				t.Errorf("%v: a changed record opens", p)
			}
			if trial.Sequence() != uint64(i) {
				t.Errorf("%v: record %d has the number %d", p, i, trial.Sequence())
			}
			if err := opens(trial, rec, i); err != nil {
				t.Errorf("%v: %v", p, err)
			}
		}
		if _, _, ok := trial.Open(nil, nil); ok {
			t.Errorf("%v: nothing opens", p)
		}
	}
}

func TestTrialTellsWhichVersionMatched(t *testing.T) {
	for _, p := range protections() {
		rec := p.sealed(t, 1)[0]
		for _, header := range []wire.Version{p.version, wire.VersionTLS10, wire.VersionTLS12, 0x7f00} {
			rec[1], rec[2] = byte(header>>8), byte(header)
			if _, as, ok := p.trial(t).Open(rec, make([]byte, len(rec))); !ok || as != p.version {
				t.Errorf("%v, header %v: made with %v, opens %v", p, header, as, ok)
			}
		}
	}
}

func TestTrialAheadOpensBehindWhatIsMissing(t *testing.T) {
	for _, p := range protections() {
		trial, records := p.trial(t), p.sealed(t, 6)
		if err := opens(trial, records[0], 0); err != nil {
			t.Fatal(p, err)
		}
		missing := int64(0)
		for _, rec := range records[1:4] {
			missing += int64(len(rec) - wire.RecordHeaderLen)
		}
		ahead := trial.Ahead(3, missing, records[3])
		for i := 4; i < 6; i++ {
			if err := opens(ahead, records[i], i); err != nil {
				t.Errorf("%v: %v", p, err)
			}
		}
		// The one it came from stands where it stood.
		if err := opens(trial, records[1], 1); err != nil {
			t.Errorf("%v: %v", p, err)
		}
		chains := p.suite.IsCBC() && p.version < wire.VersionTLS11
		if err := opens(trial.Ahead(2, 0, nil), records[4], 4); (err == nil) != (p.suite.BlockLen() == 0 && p.suite.IsAEAD() || p.suite.IsCBC() && !chains) {
			t.Errorf("%v: without the bytes before it: %v", p, err)
		}
	}
}

// thenMAC is a record as RFC 7366, section 3, has it.
func (p protection) thenMAC(t testing.TB, seq uint64, iv, payload []byte) []byte {
	t.Helper()
	c, err := newCBC(p.version, p.suite, p.mac, p.key, iv, cipher.NewCBCEncrypter)
	if err != nil {
		t.Fatal(err)
	}
	var body []byte
	if c.ivLen > 0 {
		body = append(body, iv...)
		c.mode.SetIV(iv)
	}
	padded := appendPadding(bytes.Clone(payload), c.block-len(payload)%c.block)
	c.mode.CryptBlocks(padded, padded)
	body = append(body, padded...)
	mac := hmac.New(func() hash.Hash { h, _ := newHash(p.suite); return h }, p.mac)
	mac.Write(binary.BigEndian.AppendUint64(nil, seq))
	mac.Write(wire.RecordHeader{Type: wire.TypeHandshake, Version: p.version, Length: len(body)}.Append(nil))
	mac.Write(body)
	body = mac.Sum(body)
	return append(wire.RecordHeader{Type: wire.TypeHandshake, Version: p.version, Length: len(body)}.Append(nil), body...)
}

func TestTrialOpensEncryptThenMAC(t *testing.T) {
	for _, p := range cbcProtections() {
		if p.version == wire.VersionSSL30 {
			continue // it has no extensions
		}
		trial, err := NewEncryptThenMACTrial(p.version, p.suite, p.mac, p.key, p.iv)
		if err != nil {
			t.Fatal(err)
		}
		iv := p.iv
		for i := range 40 {
			rec := p.thenMAC(t, uint64(i), iv, fmt.Appendf(nil, "record %d of them", i))
			if p.version < wire.VersionTLS11 {
				iv = rec[len(rec)-p.suite.MACLen()-p.suite.BlockLen():][:p.suite.BlockLen()]
			}
			for at := wire.RecordHeaderLen; at < len(rec); at += 7 {
				wrong := bytes.Clone(rec)
				wrong[at] ^= 1
				if _, _, ok := trial.Open(wrong, make([]byte, len(wrong))); ok {
					t.Fatalf("%v: a record with byte %d changed opens", p, at)
				}
			}
			if err := opens(trial, rec, i); err != nil {
				t.Fatalf("%v: %v", p, err)
			}
		}
	}
	if _, err := NewEncryptThenMACTrial(wire.VersionTLS12, suite.ByID(wire.TLS_RSA_WITH_AES_128_CBC_SHA), nil, nil, nil); err == nil {
		t.Error("a trial without keys")
	}
}
