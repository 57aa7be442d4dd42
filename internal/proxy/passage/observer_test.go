package passage

import (
	"bytes"
	"net"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/tape"
	"github.com/parley-tls/parley/internal/wire"
)

// nowhere is an address for observers that nobody asks about theirs.
var nowhere = &net.TCPAddr{}

// An observed passage that is idle behind its handshake holds what its line will
// say, and no bytes.
func TestIdleObservedPassagesHoldLittle(t *testing.T) {
	const passages, most = 40, 24 << 10
	each := map[bool]int64{}
	for _, observed := range []bool{false, true} {
		observatory := NewObservatory()
		before := heapAndStacks()
		var all []*talk
		for range passages {
			var tap tape.Tap
			if observed {
				tap = observatory.Observe(nowhere, nowhere, nil)
			}
			x := begin(t, "tcp", Options{Tap: tap})
			handshakes(t, x)
			all = append(all, x)
		}
		each[observed] = (heapAndStacks() - before) / passages
		for _, x := range all {
			x.client.Close()
			x.backend.Close()
			x.end(t)
		}
	}
	if more := each[true] - each[false]; more > most {
		t.Errorf("an observed one takes %d bytes more", more)
	} else {
		t.Logf("an observed one takes %d bytes more", more)
	}
}

// clearRecord is a record in clear.
func clearRecord(kind wire.ContentType, content []byte) []byte {
	return append(wire.RecordHeader{Type: kind, Version: wire.VersionTLS12, Length: len(content)}.Append(nil), content...)
}

// Whoever makes an observer hold too much is followed no more, and what was held
// is given back.
func TestObserverGivesUpWhatIsTooMuch(t *testing.T) {
	a := NewObservatory()
	o := a.Observe(nowhere, nowhere, nil)
	o.Passed(capture.AtoB, helloOf(t, "pay.example"))
	certificate := make([]byte, 4+200<<10)
	copy(certificate, []byte{byte(wire.MessageServerKeyExchange), 3, 0x20, 0})
	for range 8 {
		for part := certificate; len(part) > 0; part = part[min(len(part), wire.MaxPlaintext):] {
			o.Passed(capture.BtoA, clearRecord(wire.TypeHandshake, part[:min(len(part), wire.MaxPlaintext)]))
		}
	}
	if o.held > maxHeld || a.held.Load() > maxHeld {
		t.Errorf("%d bytes are held", a.held.Load())
	}
	s := o.Finish()
	if !strings.Contains(s.Why, "too much") || s.Diagnosis == nil {
		t.Errorf("it was followed to its end: %q", s.Why)
	}
	if held, n := a.held.Load(), a.observed.Load(); held != 0 || n != 0 {
		t.Errorf("%d bytes of %d connections are held", held, n)
	}
}

// More are passed on than are observed.
func TestNoMoreAreObservedThanAllowed(t *testing.T) {
	a := NewObservatory()
	a.observed.Store(maxObserved)
	o := a.Observe(nowhere, nowhere, nil)
	o.Passed(capture.AtoB, helloOf(t, "pay.example"))
	o.Ended(capture.AtoB, false)
	if s := o.Finish(); s.Why == "" || s.Diagnosis != nil {
		t.Errorf("it was observed: %+v", s)
	}
	if n := a.observed.Load(); n != maxObserved {
		t.Errorf("%d are observed", n)
	}
}

// What settled knows is the first handshake's, and it is told once.
func TestSettledIsToldWhenDataComes(t *testing.T) {
	var told []Agreed
	o := NewObservatory().Observe(nowhere, nowhere, func(a Agreed) { told = append(told, a) })
	x := begin(t, "tcp", Options{Tap: o})
	handshakes(t, x)
	for range 2 {
		writes(t, x.client, string(clearRecord(wire.TypeApplicationData, bytes.Repeat([]byte("x"), 40))))
	}
	x.client.Close()
	x.backend.Close()
	x.end(t)
	if len(told) != 1 || told[0].Hello == nil || told[0].Version != wire.VersionTLS12 || told[0].Suite == 0 {
		t.Errorf("it was told %+v", told)
	}
	if s := o.Finish(); !s.Done || s.Version != wire.VersionTLS12 {
		t.Errorf("the end says %+v", s.Agreed)
	}
}

// Whatever passes, in whatever order, an observer ends with something to say.
func FuzzObserver(f *testing.F) {
	f.Add(helloOf(f, "pay.example"), []byte{1, 2, 3})
	f.Add([]byte("EHLO x\r\nSTARTTLS\r\n"), []byte{9})
	f.Fuzz(func(t *testing.T, b, cuts []byte) {
		a := NewObservatory()
		o := a.Observe(nowhere, nowhere, func(Agreed) {})
		for _, c := range cuts {
			n := min(len(b), int(c))
			o.Passed(capture.Direction(c&1), b[:n])
			b = b[n:]
		}
		o.Ended(capture.AtoB, len(cuts)%2 == 0)
		o.Ended(capture.AtoB, true)
		if s := o.Finish(); strings.Contains(s.Why, "fault") {
			t.Error(s.Why)
		}
		if a.held.Load() != 0 || a.observed.Load() != 0 {
			t.Error("something is held")
		}
	})
}
