package record

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/parley-tls/parley/internal/wire"
)

func (p protection) recaster(t testing.TB, thenMAC bool) *Recaster {
	t.Helper()
	r, err := NewRecaster(p.version, p.suite, p.mac, p.key, p.iv, thenMAC)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// zeros are random enough for an explicit IV that nobody sees.
func zeros() *bytes.Reader { return bytes.NewReader(make([]byte, 1<<16)) }

func TestRecastRecordsOpenAtTheLengthsOfOthers(t *testing.T) {
	for _, p := range protections() {
		trial, recaster := p.trial(t), p.recaster(t, false)
		var before []byte
		for i, rec := range p.sealed(t, 5) {
			h, _ := wire.ParseRecordHeader(rec)
			position := trial.Position()
			content := fmt.Appendf(nil, "record %d of them", i)
			fragment, err := recaster.Seal(Cast{Header: h, As: p.version, Sequence: uint64(i), Before: before, Position: position}, content, zeros())
			if err != nil {
				t.Fatalf("%v: %v", p, err)
			}
			if err := opens(trial, append(h.Append(nil), fragment...), i); err != nil {
				t.Errorf("%v: %v", p, err)
			}
			before = bytes.Clone(recaster.Chain(fragment))
		}
	}
}

func TestRecastPaddingIsAsLongAsItMustBe(t *testing.T) {
	for _, p := range cbcProtections() {
		if p.version == wire.VersionSSL30 {
			continue // a block of padding is the most that it has
		}
		for _, thenMAC := range []bool{false, true} {
			trial := p.trial(t)
			if thenMAC {
				var err error
				if trial, err = NewEncryptThenMACTrial(p.version, p.suite, p.mac, p.key, p.iv); err != nil {
					t.Fatal(err)
				}
			}
			content := []byte("record 0 of them") // whole blocks, whatever the cipher
			mac, iv, block := p.suite.MACLen(), 0, p.suite.BlockLen()
			if p.version >= wire.VersionTLS11 {
				iv = block
			}
			length := iv + (len(content)+mac+block)/block*block + 10*block
			if thenMAC {
				length = iv + len(content) + 11*block + mac
			}
			h := wire.RecordHeader{Type: wire.TypeHandshake, Version: p.version, Length: length}
			fragment, err := p.recaster(t, thenMAC).Seal(Cast{Header: h, As: p.version}, content, zeros())
			if err != nil {
				t.Fatalf("%v: %v", p, err)
			}
			if err := opens(trial, append(h.Append(nil), fragment...), 0); err != nil {
				t.Errorf("%v, encrypt-then-MAC %v: %v", p, thenMAC, err)
			}
		}
	}
}

func TestRecastRefusesWhatDoesNotFit(t *testing.T) {
	for _, p := range protections() {
		h := wire.RecordHeader{Type: wire.TypeHandshake, Version: p.version, Length: 3}
		if _, err := p.recaster(t, false).Seal(Cast{Header: h, As: p.version}, []byte("more than that"), zeros()); err == nil {
			t.Errorf("%v: it was sealed", p)
		}
		if p.suite.IsCBC() && p.version < wire.VersionTLS11 {
			h.Length = len(p.sealed(t, 1)[0]) - wire.RecordHeaderLen
			if _, err := p.recaster(t, false).Seal(Cast{Header: h, As: p.version, Sequence: 1}, []byte("record 0 of them"), zeros()); err == nil {
				t.Errorf("%v: it was sealed without the block before it", p)
			}
		}
	}
	if text := fmt.Sprintf("%v %+v %#v", *protections()[0].recaster(t, false), protections()[0].recaster(t, false), protections()[0].recaster(t, false)); bytes.Contains([]byte(text), protections()[0].key[:4]) {
		t.Errorf("printing shows the key: %s", text)
	}
}
