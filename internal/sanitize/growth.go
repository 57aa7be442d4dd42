package sanitize

import (
	"sort"

	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/sanitize/packets"
	"github.com/parley-tls/parley/internal/wire"
)

// A growth is where a stream becomes longer: a record of application data is made as long
// as one of a few, so that its length tells little.
type growth struct {
	at    int64 // in the old stream, the end of the record
	n     int   // bytes that come to it
	place int64 // of these in the spool of growths
	total int64 // of all up to this one
}

// maxGrowths bounds the records that are made longer.
const maxGrowths = 1 << 20

// contents are how much a record holds that is made longer.
var contents = []int{256, 1024, 4096, wire.MaxPlaintext}

// grown gives the length of a fragment that is to take the place of one of application data.
func grown(h wire.RecordHeader, k *dissect.TapKeys) int {
	if h.Type != wire.TypeApplicationData {
		return h.Length
	}
	for _, content := range contents {
		if n := fragmentLength(content, k); n >= h.Length {
			if h.Length <= fragmentLength(1, k) {
				break // one that holds nothing, or a byte, means something else (BEAST)
			}
			return n
		}
	}
	return h.Length
}

// fragmentLength is how long a fragment is that holds so much.
func fragmentLength(content int, k *dissect.TapKeys) int {
	const tag, nonce, block = 16, 8, 16
	switch {
	case k == nil: // some block cipher could have made it
		return content + 5*block
	case k.Version == wire.VersionTLS13:
		return content + 1 + tag
	case !k.Suite.IsCBC() && !k.Suite.IsAEAD():
		return content + k.Suite.MACLen()
	case k.Suite.IsAEAD() && k.Suite.IVLen() == 4:
		return nonce + content + tag
	case k.Suite.IsAEAD():
		return content + tag
	}
	size, iv, mac := k.Suite.BlockLen(), 0, k.Suite.MACLen()
	if k.Version >= wire.VersionTLS11 {
		iv = size
	}
	if k.EncryptThenMAC {
		return iv + (content+size)/size*size + mac
	}
	return iv + (content+mac+size)/size*size
}

// contentOf is how much a record of a length can hold that was made longer: as much as was
// meant, or where its keys became known too late for that, as much as there is room for.
func contentOf(length int, k *dissect.TapKeys) int {
	for _, content := range contents {
		if fragmentLength(content, k) == length {
			return content
		}
	}
	return length - fragmentLength(0, k)
}

// grow makes the record longer that begins at a place, and gives its new header.
func (c *connection) grow(w *way, offset int64, h wire.RecordHeader, k *dissect.TapKeys) wire.RecordHeader {
	if c.run.options.Growths == nil {
		return h
	}
	end := offset + int64(wire.RecordHeaderLen+h.Length)
	if g := w.growthAt(end); g != nil {
		h.Length += g.n
		return h
	}
	n := grown(h, k) - h.Length
	last, total := int64(0), int64(0)
	if i := len(w.growths); i > 0 {
		last, total = w.growths[i-1].at, w.growths[i-1].total
	}
	if n <= 0 || end <= last || c.run.grown >= maxGrowths {
		return h
	}
	c.run.grown++
	extra := c.noiseOf(n)
	w.growths = append(w.growths, growth{at: end, n: n, place: c.run.growths.append(extra), total: total + int64(n)})
	h.Length += n
	return h
}

// upTo is by how much a stream is longer up to a place.
func (w *way) upTo(at int64) int64 {
	m := moves{w.growths}
	return m.upTo(0, at)
}

// growthAt gives the growth at a place; nil: there is none.
func (w *way) growthAt(at int64) *growth {
	i := sort.Search(len(w.growths), func(i int) bool { return w.growths[i].at >= at })
	if i < len(w.growths) && w.growths[i].at == at {
		return &w.growths[i]
	}
	return nil
}

// putGrown lays a record's fragment into the stream, and what came to it beside it.
func (c *connection) putGrown(w *way, offset int64, fragment []byte, old int) {
	w.put(offset, fragment[:min(old, len(fragment))])
	if g := w.growthAt(offset + int64(old)); g != nil && len(fragment) == old+g.n {
		c.run.growths.put(fragment[old:], g.place)
	}
}

// moves are how both streams of a connection became longer.
type moves [2][]growth

// upTo is by how much a stream is longer up to a place.
func (m *moves) upTo(d byte, at int64) int64 {
	list := m[d]
	i := sort.Search(len(list), func(i int) bool { return list[i].at > at })
	if i == 0 {
		return 0
	}
	return list[i-1].total
}

// between gives the growths behind a place, up to another.
func (m *moves) between(d byte, from, to int64) []growth {
	list := m[d]
	i := sort.Search(len(list), func(i int) bool { return list[i].at > from })
	j := sort.Search(len(list), func(i int) bool { return list[i].at > to })
	return list[i:j]
}

// move gives a packet's payload and numbers in streams that became longer.
func (r *run) move(m *moves, s stood, payload []byte) ([]byte, packets.Move) {
	end := s.offset + int64(len(payload))
	made := make([]byte, 0, len(payload))
	from := s.offset
	begin := m.upTo(s.direction, s.offset)
	switch {
	case s.again && s.length == 1:
		// It may be a keep-alive, whose byte stands before the next one (RFC 9293, section 3.8.4).
		begin = m.upTo(s.direction, end)
	default:
		for _, g := range m.between(s.direction, s.offset, end) {
			made = append(made, payload[from-s.offset:g.at-s.offset]...)
			extra := make([]byte, g.n)
			r.growths.get(extra, g.place)
			made, from = append(made, extra...), g.at
		}
	}
	made = append(made, payload[from-s.offset:]...)
	grown := m.upTo(s.direction, s.offset+int64(s.length)) - begin
	return made, packets.Move{
		Sequence: uint32(begin), Acknowledged: uint32(m.upTo(1-s.direction, s.acked)), Grown: int(grown),
		Edge: func(ahead int32) uint32 { return uint32(m.upTo(1-s.direction, s.acked+int64(ahead))) },
	}
}
