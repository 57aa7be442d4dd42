package replay

import (
	"slices"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// A framer puts what the client sends into records as they were captured. It is a
// legacyclient.Options.Shape.
type framer struct {
	shapes  []Shape // of the step that is being played
	holds   bool    // handshake messages are kept back until all of a step are there
	held    []wire.Message
	layouts []Shape // of the records that are about to be written
}

// expect says how the records of the next step are made. Where several messages
// went in few records, they are held until release.
func (f *framer) expect(shapes []Shape, holds bool) {
	f.shapes, f.holds, f.held = slices.Clone(shapes), holds, nil
}

// release gives what was held; nil: nothing was.
func (f *framer) release() []byte {
	f.holds = false
	return slices.Concat(f.held...)
}

// shape is called with what would be one record.
func (f *framer) shape(r legacyclient.Record) []legacyclient.Record {
	if r.Type == wire.TypeHandshake && f.holds {
		f.held = append(f.held, slices.Clone(r.Payload))
		return nil
	}
	var out []legacyclient.Record
	for i, part := range f.parts(r) {
		s := f.at(i)
		piece := r
		piece.Payload = part
		if s.Header != 0 {
			piece.Version = s.Header
		}
		piece.MACVersion = s.MAC
		out = append(out, piece)
		f.layouts = append(f.layouts, s)
	}
	f.shapes = f.shapes[min(len(out), len(f.shapes)):]
	return out
}

func (f *framer) at(i int) Shape {
	if i < len(f.shapes) {
		return f.shapes[i]
	}
	return Shape{}
}

// parts cuts what one record would hold as the captured records were cut.
func (f *framer) parts(r legacyclient.Record) [][]byte {
	switch {
	case r.Type != wire.TypeHandshake || len(f.shapes) < 2:
		return [][]byte{r.Payload}
	case f.total() != len(r.Payload) && len(f.held) > 1:
		return f.messages()
	}
	var parts [][]byte
	rest := r.Payload
	for i, s := range f.shapes {
		if i == len(f.shapes)-1 || s.Content < 0 || s.Content >= len(rest) {
			break
		}
		parts, rest = append(parts, rest[:s.Content]), rest[s.Content:]
	}
	return append(parts, rest)
}

func (f *framer) total() int {
	n := 0
	for _, s := range f.shapes {
		n += max(0, s.Content)
	}
	return n
}

// messages gives each message a record, as most libraries do.
func (f *framer) messages() [][]byte {
	var parts [][]byte
	for _, m := range f.held {
		parts = append(parts, m)
	}
	return parts
}

// layout is how the record that is written next lies in packets.
func (f *framer) layout() Shape {
	if len(f.layouts) == 0 {
		return Shape{}
	}
	s := f.layouts[0]
	f.layouts = f.layouts[1:]
	return s
}
