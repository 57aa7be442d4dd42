package engine_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// Wherever TCP ends, it ends with a name, and never cleanly before close_notify.
func TestEveryTruncationIsNamed(t *testing.T) {
	c := shortStory(t, plainRSA)
	for cut := range c.length() {
		c.truncated(cut)
	}
	full := established(t, plainRSA)
	for cut := 0; cut < full.length(); cut += 5 {
		full.truncated(cut)
	}
}

// length is how many bytes came.
func (c *conversation) length() (n int) {
	for _, turn := range c.tape {
		n += len(turn.in)
	}
	return n
}

func (c *conversation) truncated(cut int) {
	c.t.Helper()
	r := c.playUntil(cut)
	if r.err != nil {
		c.t.Fatalf("after %d of %d bytes: %v", cut, c.length(), r.err)
	}
	if err := r.conn.End(0); !errors.Is(err, io.ErrUnexpectedEOF) || err == io.EOF {
		c.t.Fatalf("cut after %d of %d bytes: %v", cut, c.length(), err)
	}
}

// playUntil plays the tape until so many bytes came.
func (c *conversation) playUntil(n int) *replay {
	cut := *c
	cut.tape = nil
	for _, turn := range c.tape {
		if turn.do == nil {
			turn.in = turn.in[:min(n, len(turn.in))]
			n -= len(turn.in)
		}
		cut.tape = append(cut.tape, turn)
		if n == 0 {
			break
		}
	}
	return cut.play(0)
}

// An altered byte ends the connection with a fault, or has it wait for more; the
// streams hold what the client said and nothing else.
func TestEveryAlteredByteIsHarmless(t *testing.T) {
	c := shortStory(t, plainRSA)
	last := c.length() - len(c.tape[len(c.tape)-1].in)
	for at := range c.length() {
		r := c.playAltered(at)
		for i, got := range r.data {
			if i >= len(c.data) || !strings.HasPrefix(c.data[i], got) {
				t.Fatalf("byte %d altered: the streams are %q, were %q", at, r.data, c.data)
			}
		}
		if r.err == io.EOF && at < last && len(r.data[len(r.data)-1]) != len(c.data[len(c.data)-1]) {
			t.Fatalf("byte %d altered: a clean end after %q", at, r.data)
		}
	}
}

// playAltered plays the tape with one byte that is not as it was.
func (c *conversation) playAltered(at int) *replay {
	altered := *c
	altered.tape = nil
	for _, turn := range c.tape {
		if at >= 0 && at < len(turn.in) {
			turn.in = bytes.Clone(turn.in)
			turn.in[at] ^= 0x41
		}
		at -= len(turn.in)
		altered.tape = append(altered.tape, turn)
	}
	return altered.play(0)
}
