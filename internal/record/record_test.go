package record

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

func TestNextFindsWholeRecordsOnly(t *testing.T) {
	first := wire.RecordHeader{Type: wire.TypeAlert, Version: wire.VersionTLS12, Length: 2}.Append(nil)
	first = append(first, 1, 2)
	buf := append(bytes.Clone(first), 99, 98)
	for n := range first {
		h, rec, ok, err := Next(buf[:n])
		if ok || err != nil || rec != nil {
			t.Errorf("a record in the first %d bytes", n)
		}
		if known := n >= wire.RecordHeaderLen; known != (h.Length == 2) {
			t.Errorf("after %d bytes the header is %+v", n, h)
		}
	}
	h, rec, ok, err := Next(buf)
	if !ok || err != nil || !bytes.Equal(rec, first) || h.Type != wire.TypeAlert {
		t.Errorf("got %+v %x %v %v", h, rec, ok, err)
	}
	if _ = append(rec, 0); buf[len(first)] != 99 {
		t.Error("appending to a record overwrites the next")
	}
}

func TestNextRefusesTooLongBeforeItComes(t *testing.T) {
	fits := wire.RecordHeader{Length: wire.MaxCiphertext}.Append(nil)
	if _, _, ok, err := Next(fits); ok || err != nil {
		t.Errorf("the longest record: %v %v", ok, err)
	}
	_, _, _, err := Next(wire.RecordHeader{Length: wire.MaxCiphertext + 1}.Append(nil))
	wantAlert(t, err, wire.AlertRecordOverflow)
}

func TestHandshakeAheadSeesWhatHasBegun(t *testing.T) {
	data := append(wire.RecordHeader{Type: wire.TypeApplicationData, Length: 3}.Append(nil), 22, 22, 22)
	hello := append(wire.RecordHeader{Type: wire.TypeHandshake, Length: 1}.Append(nil), 1)
	empty := wire.RecordHeader{Type: wire.TypeApplicationData}.Append(nil)
	long := wire.RecordHeader{Type: wire.TypeApplicationData, Length: math.MaxUint16}.Append(nil)
	for _, c := range []struct {
		name string
		buf  []byte
		want bool
	}{
		{"nothing", nil, false},
		{"data", data, false},
		{"half of data", data[:6], false},
		{"hello", hello, true},
		{"first byte of a hello", hello[:1], true},
		{"data and hello", slices.Concat(data, empty, hello), true},
		{"data and the first byte of a hello", slices.Concat(data, data, hello[:1]), true},
		{"data and half a header", slices.Concat(data, data[:3]), false},
		{"what no record may be", slices.Concat(long, hello), false},
	} {
		if got := HandshakeAhead(c.buf); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestPlainRecordsGoThrough(t *testing.T) {
	s, o := PlainSealer(wire.VersionTLS10), PlainOpener()
	payload := letters(0, 20000)
	sealed := s.Seal([]byte("before"), wire.TypeHandshake, payload)
	if len(sealed) != 6+s.SealedLen(len(payload)) || s.Overhead() != 0 || o.Overhead() != 0 {
		t.Errorf("sealed %d bytes as %d", len(payload), len(sealed)-6)
	}
	if h, _ := wire.ParseRecordHeader(sealed[6:]); h.Version != wire.VersionTLS10 || h.Length != wire.MaxPlaintext {
		t.Errorf("header %+v", h)
	}
	if got := openAll(t, o, sealed[6:]); !bytes.Equal(got, payload) {
		t.Error("opens as something else")
	}
	long := append(wire.RecordHeader{Length: wire.MaxPlaintext + 1}.Append(nil), make([]byte, wire.MaxPlaintext+1)...)
	_, err := o.Open(long)
	wantAlert(t, err, wire.AlertRecordOverflow)
}

func TestRoundTrips(t *testing.T) {
	for _, p := range protections() {
		t.Run(p.String(), func(t *testing.T) {
			o, s := p.opener(t), p.sealer(t)
			types := []wire.ContentType{wire.TypeAlert, wire.TypeHandshake, wire.TypeApplicationData}
			rapid.Check(t, func(r *rapid.T) {
				n := rapid.OneOf(rapid.IntRange(0, 600), rapid.IntRange(0, 600), rapid.IntRange(16000, 35000)).Draw(r, "n")
				typ := rapid.SampledFrom(types).Draw(r, "type")
				payload, front := letters(byte(n), n), []byte("front")
				sealed := s.Seal(front, typ, payload)
				if string(sealed[:5]) != "front" {
					r.Fatal("what stood before is changed")
				}
				sealed = sealed[5:]
				if most := s.SealedLen(n); len(sealed) > most || typ == wire.TypeApplicationData && len(sealed) != most {
					r.Fatalf("%d bytes sealed as %d, SealedLen says %d", n, len(sealed), most)
				}
				for _, rec := range records(t, bytes.Clone(sealed)) {
					h, _ := wire.ParseRecordHeader(rec)
					if h.Type != typ || h.Version != p.version {
						r.Fatalf("header %+v", h)
					}
				}
				if got := openAll(t, o, sealed); !bytes.Equal(got, payload) {
					r.Fatal("opens as something else")
				}
				if o.Sequence() != s.Sequence() {
					r.Fatalf("opened %d, sealed %d", o.Sequence(), s.Sequence())
				}
			})
		})
	}
}

func TestEmptyPayloadIsOneRecord(t *testing.T) {
	for _, p := range protections() {
		o, s := p.opener(t), p.sealer(t)
		sealed := records(t, s.Seal(nil, wire.TypeApplicationData, nil))
		if len(sealed) != 1 {
			t.Fatalf("%v: %d records", p, len(sealed))
		}
		if got, err := o.Open(sealed[0]); err != nil || len(got) != 0 {
			t.Errorf("%v: %x %v", p, got, err)
		}
	}
}

// CVE-2011-3389: where IVs are chained, data begins with a record of one byte.
func TestChainedDataIsSplitAfterOneByte(t *testing.T) {
	for _, p := range protections() {
		for _, typ := range []wire.ContentType{wire.TypeApplicationData, wire.TypeHandshake, wire.TypeAlert} {
			o, s := p.opener(t), p.sealer(t)
			var lengths []int
			for _, rec := range records(t, s.Seal(nil, typ, make([]byte, 20000))) {
				plaintext, err := o.Open(rec)
				if err != nil {
					t.Fatal(err)
				}
				lengths = append(lengths, len(plaintext))
			}
			want := []int{16384, 3616}
			if typ == wire.TypeApplicationData && p.suite.IsCBC() && p.version <= wire.VersionTLS10 {
				want = []int{1, 16384, 3615}
			}
			if !slices.Equal(lengths, want) {
				t.Errorf("%v %v: %v, want %v", p, typ, lengths, want)
			}
			if one := records(t, s.Seal(nil, typ, make([]byte, 1))); len(one) != 1 {
				t.Errorf("%v: one byte makes %d records", p, len(one))
			}
		}
	}
}

func TestOpensInPlace(t *testing.T) {
	for _, p := range protections() {
		rec := p.sealer(t).Seal(nil, wire.TypeAlert, []byte("in place"))
		plaintext, err := p.opener(t).Open(rec)
		if err != nil {
			t.Fatal(err)
		}
		if i := bytes.Index(rec, plaintext); i < 0 || &rec[i] != &plaintext[0] {
			t.Errorf("%v: the plaintext is a copy", p)
		}
	}
}

func TestSequenceNeverWraps(t *testing.T) {
	for _, p := range protections() {
		o, s := p.opener(t), p.sealer(t)
		o.sequence.next, s.sequence.next = math.MaxUint64, math.MaxUint64
		last := s.Seal(nil, wire.TypeAlert, []byte("the last"))
		spare := bytes.Clone(last)
		if got, err := o.Open(last); err != nil || string(got) != "the last" {
			t.Fatalf("%v: %q %v", p, got, err)
		}
		if got := s.Seal([]byte("kept"), wire.TypeAlert, []byte("one too many")); string(got) != "kept" {
			t.Errorf("%v: sealed %x", p, got)
		}
		wantAlert(t, s.Err(), wire.AlertInternalError)
		_, err := o.Open(spare)
		wantAlert(t, err, wire.AlertInternalError)
	}
}

// A payload of two records of which one has no number is not sealed by half.
func TestSealIsWholeOrNothing(t *testing.T) {
	s := find(t, wire.VersionTLS12, suite.CipherAES128GCM).sealer(t)
	s.sequence.next = math.MaxUint64
	if got := s.Seal(nil, wire.TypeApplicationData, make([]byte, 20000)); len(got) != 0 || s.Err() == nil {
		t.Errorf("%d bytes, %v", len(got), s.Err())
	}
}

func TestFailedRandomSourceEndsTheSealer(t *testing.T) {
	p := find(t, wire.VersionTLS12, suite.CipherAES128CBC)
	broken := errors.New("no more dice")
	for name, r := range map[string]io.Reader{
		"fails": iotest.ErrReader(broken), "ends": strings.NewReader("short"), "missing": nil,
	} {
		s := p.sealer(t)
		s.SetRandom(r)
		if got := s.Seal([]byte("kept"), wire.TypeAlert, []byte("x")); string(got) != "kept" || s.Err() == nil {
			t.Errorf("%s: %x, %v", name, got, s.Err())
		}
		if name == "fails" && !errors.Is(s.Err(), broken) {
			t.Errorf("Err is %v", s.Err())
		}
		s.SetRandom(strings.NewReader(strings.Repeat("x", 99)))
		if got := s.Seal(nil, wire.TypeAlert, []byte("x")); len(got) != 0 {
			t.Errorf("%s: sealed again after it failed", name)
		}
	}
}

func TestExplicitIVsAreTheSources(t *testing.T) {
	for _, v := range []wire.Version{wire.VersionTLS11, wire.VersionTLS12} {
		s := find(t, v, suite.CipherAES128CBC).sealer(t)
		s.SetRandom(strings.NewReader("first IV of 16 B" + "other IV of 16 B"))
		for _, want := range []string{"first IV of 16 B", "other IV of 16 B"} {
			rec := s.Seal(nil, wire.TypeAlert, []byte("x"))
			if got := string(rec[wire.RecordHeaderLen:][:16]); got != want {
				t.Errorf("%v: IV %q, want %q", v, got, want)
			}
		}
	}
}

func TestGCMNonceIsTheSequenceNumber(t *testing.T) {
	s := find(t, wire.VersionTLS12, suite.CipherAES128GCM).sealer(t)
	for i := range 3 {
		rec := s.Seal(nil, wire.TypeAlert, []byte("x"))
		if want := []byte{0, 0, 0, 0, 0, 0, 0, byte(i)}; !bytes.Equal(rec[5:13], want) {
			t.Errorf("nonce %x of record %d", rec[5:13], i)
		}
	}
}

func TestKeysMustFit(t *testing.T) {
	for _, p := range protections() {
		for name, q := range map[string]protection{
			"MAC key":   {p.version, p.suite, append(p.mac, 0), p.key, p.iv},
			"key":       {p.version, p.suite, p.mac, p.key[1:], p.iv},
			"version":   {wire.VersionTLS13, p.suite, p.mac, p.key, p.iv},
			"SSL 2.0":   {wire.VersionSSL20, p.suite, p.mac, p.key, p.iv},
			"too early": {p.suite.MinVersion - 1, p.suite, p.mac, p.key, p.iv},
		} {
			if _, err := NewOpener(q.version, q.suite, q.mac, q.key, q.iv); err == nil {
				t.Errorf("%v: an Opener with another %s", p, name)
			}
			if _, err := NewSealer(q.version, q.suite, q.mac, q.key, q.iv); err == nil {
				t.Errorf("%v: a Sealer with another %s", p, name)
			}
		}
		_, err := NewOpener(p.version, p.suite, p.mac, p.key, append(p.iv, 0))
		ignored := p.suite.IVLen() == 0 || p.suite.IsCBC() && p.version >= wire.VersionTLS11
		if (err == nil) != ignored {
			t.Errorf("%v: a longer IV gives %v", p, err)
		}
	}
}

func TestPrintingShowsNoKeys(t *testing.T) {
	for _, p := range protections() {
		for _, verb := range []string{"%v", "%+v", "%#v", "%x", "%s"} {
			o, s := p.opener(t), p.sealer(t)
			inside := struct {
				o *Opener
				s *Sealer
			}{o, s}
			text := fmt.Sprintf(verb+verb, o, s) + fmt.Sprintf(verb+verb, *o, *s) + fmt.Sprintf(verb, inside)
			for _, key := range [][]byte{p.mac, p.key, p.iv} {
				for _, form := range []string{"%v", "%x", "%s"} {
					if shown := strings.Trim(fmt.Sprintf(form, key), "[]"); shown != "" && strings.Contains(text, shown) {
						t.Fatalf("%v: %s shows a key: %s", p, verb, text)
					}
				}
			}
		}
	}
}
