package record

import (
	"bytes"
	"errors"
	"testing"

	"github.com/parley-tls/parley/internal/wire"
)

// captured feeds each record of the captures to add.
func captured(f *testing.F, add func(c capture, from string, rec []byte)) {
	f.Helper()
	for _, name := range []string{"openssl.json", "founding.json"} {
		for _, c := range readCaptures(f, name) {
			for _, r := range c.Records {
				add(c, r.From, r.Data)
			}
		}
	}
}

func FuzzNext(f *testing.F) {
	captured(f, func(_ capture, _ string, rec []byte) { f.Add(rec) })
	f.Fuzz(func(t *testing.T, buf []byte) {
		ahead := false
		for rest := buf; len(rest) > 0; {
			ahead = ahead || rest[0] == byte(wire.TypeHandshake)
			h, rec, ok, err := Next(rest)
			if !ok {
				if err == nil && len(rest) >= wire.RecordHeaderLen+h.Length && len(rest) >= wire.RecordHeaderLen {
					t.Fatal("a whole record is not found")
				}
				break
			}
			if err != nil || len(rec) != wire.RecordHeaderLen+h.Length || h.Length > wire.MaxCiphertext {
				t.Fatalf("%+v %d %v", h, len(rec), err)
			}
			if !bytes.HasPrefix(rec, h.Append(nil)) {
				t.Fatalf("%+v is not the header of %x", h, rec)
			}
			rest = rest[len(rec):]
		}
		if HandshakeAhead(buf) != ahead {
			t.Fatalf("HandshakeAhead is not %v", ahead)
		}
	})
}

// FuzzJoiner cuts the same bytes in two ways: the messages are the same.
func FuzzJoiner(f *testing.F) {
	f.Add([]byte(wire.NewMessage(wire.MessageFinished, make([]byte, 12))), uint8(3))
	f.Add([]byte{1, 0, 0, 0, 2, 0xff, 0xff, 0xff}, uint8(1))
	f.Fuzz(func(t *testing.T, stream []byte, size uint8) {
		whole, wholeErr := join(stream, len(stream)+1)
		parts, partsErr := join(stream, int(size)+1)
		if !bytes.Equal(whole, parts) || (wholeErr == nil) != (partsErr == nil) {
			t.Fatalf("at once %x %v, in parts %x %v", whole, wholeErr, parts, partsErr)
		}
		if !bytes.HasPrefix(stream, whole) {
			t.Fatalf("%x is not what was put in", whole)
		}
	})
}

func join(stream []byte, size int) (messages []byte, err error) {
	j := &Joiner{}
	j.SetLimit(1000)
	for len(stream) > 0 && err == nil {
		n := min(size, len(stream))
		err = j.Add(stream[:n])
		stream = stream[n:]
		for m, ok := j.Next(); ok; m, ok = j.Next() {
			messages = append(messages, m...)
		}
	}
	return messages, err
}

// FuzzOpen gives each protection hostile bytes. None opens but what was sealed.
func FuzzOpen(f *testing.F) {
	all := protections()
	for i, p := range all {
		f.Add(uint8(i), p.sealer(f).Seal(nil, wire.TypeHandshake, []byte("sealed")))
	}
	captured(f, func(_ capture, _ string, rec []byte) { f.Add(uint8(len(rec)), rec) })
	f.Fuzz(func(t *testing.T, i uint8, rec []byte) {
		p := all[int(i)%len(all)]
		o := p.opener(t)
		plaintext, err := o.Open(bytes.Clone(rec))
		if err != nil {
			var fault *wire.Fault
			if !errors.As(err, &fault) {
				t.Fatalf("%v is no fault", err)
			}
			return
		}
		if p.suite.IsCBC() {
			return // FuzzOpenCBC looks at these
		}
		h, _ := wire.ParseRecordHeader(rec)
		again := p.sealer(t).Seal(nil, h.Type, plaintext)
		if !bytes.Equal(again[wire.RecordHeaderLen:], rec[wire.RecordHeaderLen:]) {
			t.Fatalf("%x opens and is sealed as %x", rec, again)
		}
	})
}

// FuzzOpenCBC decides what is under the encryption, which is where the dangers
// are, and holds Open against the plain reading of the RFCs.
func FuzzOpenCBC(f *testing.F) {
	all := cbcProtections()
	for i, p := range all {
		for _, padding := range []int{0, 7, 200, 255} {
			data, _, _ := fragment(p, 384, padding)
			f.Add(uint8(i), data)
		}
	}
	f.Fuzz(func(t *testing.T, i uint8, data []byte) {
		p := all[int(i)%len(all)]
		data = data[:min(len(data), 2048)/p.suite.BlockLen()*p.suite.BlockLen()]
		want, ok := openPlainly(p, data)
		got, err := p.opener(t).Open(p.enclose(t, wire.TypeHandshake, data))
		if (err == nil) != ok || !bytes.Equal(got, want) {
			t.Fatalf("%v: %x is %x, %v; want %x, %v", p, data, got, err, want, ok)
		}
	})
}

// openPlainly is RFC 5246, section 6.2.3.2, and RFC 6101, section 5.2.3.2,
// without a thought of time.
func openPlainly(p protection, data []byte) ([]byte, bool) {
	if len(data) == 0 {
		return nil, false
	}
	padding := int(data[len(data)-1])
	n := len(data) - 1 - padding - p.suite.MACLen()
	if n < 0 {
		return nil, false
	}
	if p.version == wire.VersionSSL30 {
		if padding >= p.suite.BlockLen() {
			return nil, false
		}
	} else if bytes.Count(data[len(data)-1-padding:], []byte{byte(padding)}) != padding+1 {
		return nil, false
	}
	if !bytes.Equal(p.plainMAC(0, wire.TypeHandshake, data[:n]), data[n:][:p.suite.MACLen()]) {
		return nil, false
	}
	return data[:n], true
}
