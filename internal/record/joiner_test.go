package record

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/parley-tls/parley/internal/wire"
)

func TestJoinerGivesBackTheMessages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var stream []byte
		var want []wire.Message
		for i, n := range rapid.SliceOf(rapid.IntRange(0, 3000)).Draw(t, "bodies") {
			m := wire.NewMessage(wire.MessageType(i), letters(byte(i), n))
			want = append(want, m)
			stream = append(stream, m...)
		}
		var j Joiner
		var got []wire.Message
		for len(stream) > 0 {
			n := rapid.IntRange(0, min(len(stream), 2000)).Draw(t, "fragment")
			fragment := bytes.Clone(stream[:n])
			if err := j.Add(fragment); err != nil {
				t.Fatal(err)
			}
			clear(fragment) // the caller's buffer is the caller's
			stream = stream[n:]
			for rapid.Bool().Draw(t, "take") {
				m, ok := j.Next()
				if !ok {
					break
				}
				got = append(got, m)
			}
		}
		if j.Pending() != 0 {
			t.Fatalf("%d bytes pending at the end", j.Pending())
		}
		for m, ok := j.Next(); ok; m, ok = j.Next() {
			got = append(got, m)
		}
		if len(got) != len(want) {
			t.Fatalf("%d messages, want %d", len(got), len(want))
		}
		for i := range got {
			if !bytes.Equal(got[i], want[i]) {
				t.Fatalf("message %d is %x, want %x", i, got[i], want[i])
			}
		}
	})
}

func TestJoinerWaitsForTheLastByte(t *testing.T) {
	whole := wire.NewMessage(wire.MessageFinished, letters(0, 12))
	var j Joiner
	for i, b := range whole {
		if _, ok := j.Next(); ok {
			t.Fatalf("a message after %d bytes", i)
		}
		if j.Pending() != i {
			t.Errorf("%d bytes pending, want %d", j.Pending(), i)
		}
		if err := j.Add([]byte{b}); err != nil {
			t.Fatal(err)
		}
	}
	if j.Pending() != 0 {
		t.Errorf("a whole message is pending")
	}
	if m, ok := j.Next(); !ok || !bytes.Equal(m, whole) {
		t.Errorf("got %x", m)
	}
	if j.buf != nil {
		t.Error("an empty Joiner holds memory")
	}
}

func TestJoinerIsBounded(t *testing.T) {
	for _, c := range []struct{ limit, most int }{{0, DefaultMessageLimit}, {100, 100}} {
		j := &Joiner{}
		j.SetLimit(c.limit)
		if err := j.Add(wire.NewMessage(1, make([]byte, c.most))); err != nil {
			t.Errorf("a body of %d bytes: %v", c.most, err)
		}
		if _, ok := j.Next(); !ok {
			t.Error("the longest message does not come")
		}
		announced := wire.NewMessage(1, make([]byte, c.most+1))[:wire.MessageHeaderLen]
		if err := j.Add(announced[:3]); err != nil {
			t.Fatal(err)
		}
		err := j.Add(announced[3:])
		wantAlert(t, err, wire.AlertIllegalParameter)
		if again := j.Add(nil); again != err {
			t.Errorf("then %v", again)
		}
	}
}

// The limit also holds for the second message of a fragment.
func TestJoinerLooksAtEveryHeader(t *testing.T) {
	var j Joiner
	fragment := append([]byte(wire.NewMessage(1, []byte("fine"))), 1, 0xff, 0xff, 0xff)
	wantAlert(t, j.Add(fragment), wire.AlertIllegalParameter)
	if m, ok := j.Next(); !ok || string(m.Body()) != "fine" {
		t.Error("the message before is lost")
	}
}

func TestMessagesStayWhenMoreIsAdded(t *testing.T) {
	var j Joiner
	two := append(wire.NewMessage(1, []byte("first")), wire.NewMessage(2, []byte("second"))...)
	if err := j.Add(two[:len(two)-1]); err != nil {
		t.Fatal(err)
	}
	first, _ := j.Next()
	_ = append(first, "overwritten"...)
	for _, b := range [][]byte{two[len(two)-1:], wire.NewMessage(3, make([]byte, 5000))} {
		if err := j.Add(b); err != nil {
			t.Fatal(err)
		}
	}
	second, _ := j.Next()
	if string(first.Body()) != "first" || string(second.Body()) != "second" {
		t.Errorf("got %q and %q", first.Body(), second.Body())
	}
}

// A byte is moved a bounded number of times: a message in fragments of one byte
// makes as many arrays as it doubles.
func TestJoinerDoubles(t *testing.T) {
	m := wire.NewMessage(1, make([]byte, DefaultMessageLimit))
	var j Joiner
	arrays := 0
	for i := range m {
		before := cap(j.buf)
		if err := j.Add(m[i : i+1]); err != nil {
			t.Fatal(err)
		}
		if cap(j.buf) != before {
			arrays++
		}
	}
	if arrays > 18 {
		t.Errorf("%d arrays for %d fragments", arrays, len(m))
	}
}
