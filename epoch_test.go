package parley_test

import (
	"testing"

	"github.com/parley-tls/parley/internal/legacyclient"
)

func TestOldBytesReadLaterShowTheOldEpoch(t *testing.T) {
	l := listen(t, server())
	c := legacy(t, l, legacyclient.Options{})
	s := accept(t, l)
	done := make(chan error, 1)
	go func() {
		done <- func() error {
			c.Cork() // the data and the hello come in one segment
			if _, err := c.Write([]byte("old bytes")); err != nil {
				return err
			}
			if err := c.Begin(legacyclient.Hello{Kind: legacyclient.HelloReset}); err != nil {
				return err
			}
			if err := c.Uncork(); err != nil {
				return err
			}
			if err := c.Finish(); err != nil {
				return err
			}
			_, err := c.Write([]byte("new bytes"))
			return err
		}()
	}()
	b := make([]byte, 100)
	reads := func(b []byte, text string, epoch int) {
		t.Helper()
		n, err := s.Read(b)
		if got := s.State().Epoch; err != nil || string(b[:n]) != text || got != epoch {
			t.Errorf("read %q, %v, in epoch %d; want %q in %d", b[:n], err, got, text, epoch)
		}
	}
	reads(b[:1], "o", 0)
	sends(t, s, "an answer") // drives the renegotiation
	if e := s.State().Epoch; e != 0 {
		t.Errorf("with old bytes unread the epoch is %d", e)
	}
	reads(b, "ld bytes", 0)
	reads(b, "new bytes", 1)
	if err := <-done; err != nil {
		t.Error(err)
	}
	receives(t, c, "an answer")
}
