package proxy

import (
	"bytes"
	"io"
	"testing"
)

// Who has had the backend's end is not robbed of what is still on its way to him.
func TestStopLeavesAWholeStreamWhole(t *testing.T) {
	eachVersion(t, func(t *testing.T, version uint16) {
		b := newBackend(t)
		d := serve(t, Options{Backend: b.Addr().String(), Drain: "0"})
		c := d.dial(version)
		writes(t, c, "all of it, please")
		visit := b.next(t)
		reads(t, visit, "all of it, please")
		answer := bytes.Repeat([]byte("terminal "), 100_000) // more than the client's system takes before it reads
		if _, err := visit.Write(answer); err != nil {
			t.Fatal(err)
		}
		if err := visit.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		awaits(t, "the client was sent the end", func() bool {
			d.mu.Lock()
			defer d.mu.Unlock()
			for x := range d.sessions {
				return x.told.Load()
			}
			return false
		})
		d.stop()
		got, err := io.ReadAll(c)
		if err != nil || !bytes.Equal(got, answer) {
			t.Errorf("it read %d bytes of %d, %v", len(got), len(answer), err)
		}
		visit.isReset(t, "")
	})
}

// Who has not is not told that it was whole.
func TestStopCutsAStreamThatIsNotWhole(t *testing.T) {
	eachVersion(t, func(t *testing.T, version uint16) {
		b := newBackend(t)
		d := serve(t, Options{Backend: b.Addr().String(), Drain: "0"})
		c := d.dial(version)
		visit := b.next(t)
		writes(t, visit, "half an ans")
		reads(t, c, "half an ans")
		d.stop()
		if n, err := c.Read(make([]byte, 1)); err == nil || err == io.EOF {
			t.Errorf("it read %d bytes, %v", n, err)
		}
		visit.isReset(t, "")
	})
}
