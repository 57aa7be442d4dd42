package parley

import (
	"io"
	"slices"
	"testing"
)

// A told reader gives messages of these lengths, and notes what it is asked for.
type toldReader struct{ lengths, rooms []int }

func (r *toldReader) Read(b []byte) (int, error) {
	r.rooms = append(r.rooms, len(b))
	if len(r.lengths) == 0 {
		return 0, io.EOF
	}
	n := min(r.lengths[0], len(b))
	if r.lengths[0] -= n; r.lengths[0] == 0 {
		r.lengths = r.lengths[1:]
	}
	return n, nil
}

// What is no socket is waited for with a buffer, and many may wait: it is small,
// but while one message is read.
func TestReaderIsWaitedForWithASmallBuffer(t *testing.T) {
	r := &toldReader{lengths: []int{100, smallBuffer, 16 << 10, 5}}
	s := readerSource{r: r}
	total := 0
	for {
		buf, n, err := s.next()
		total += n
		giveBuffer(buf)
		if err != nil {
			break
		}
	}
	const small, big = smallBuffer - 1, maxSend
	if want := []int{small, small, big, small, big, small, small}; !slices.Equal(r.rooms, want) || total != 100+smallBuffer+16<<10+5 {
		t.Errorf("it is asked for %d, not %d, and gave %d", r.rooms, want, total)
	}
}
