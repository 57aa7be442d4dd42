package proxy

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
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

// Who has connected before the stop ends his handshake, and is served as long as
// drain says.
func TestStopLetsHandshakesEnd(t *testing.T) {
	eachVersion(t, func(t *testing.T, version uint16) {
		d := serve(t, Options{Drain: "1m"})
		raw, err := net.Dial("tcp", d.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer raw.Close()
		awaits(t, "he is accepted", func() bool { return d.entering() == 1 })
		stopped := make(chan struct{})
		go func() { defer close(stopped); d.stop() }()
		awaits(t, "nobody more is accepted", func() bool {
			late, err := net.Dial("tcp", d.Addr().String())
			if err == nil {
				late.Close()
			}
			return err != nil
		})
		c := tls.Client(raw, &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version})
		writes(t, c, "slow, and welcome")
		reads(t, c, "slow, and welcome")
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		<-stopped
		for _, line := range d.log.all(t, "connection") {
			if line["in"] == 17.0 {
				wants(t, line, map[string]any{"ended": "clean"})
			}
		}
	})
}
