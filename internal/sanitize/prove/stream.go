package prove

// A Stream is searched as its bytes come, over the borders of packets.
type Stream struct {
	search *Search
	where  string
	offset int64  // of the next byte
	end    uint64 // the last eight bytes, in small letters
	kept   []byte // the last bytes, as they are
}

// Stream begins to search something that comes in pieces.
func (s *Search) Stream(where string) *Stream { return &Stream{search: s, where: where} }

// Gap says that bytes are missing here, or that the stream begins here.
func (st *Stream) Gap(n int64) {
	st.offset += n
	st.kept, st.end = st.kept[:0], 0
}

// Write searches the next bytes, which are of a frame.
func (st *Stream) Write(frame int, b []byte) {
	x := &st.search.index
	begin := len(st.kept)
	st.kept = append(st.kept, b...)
	for i, c := range b {
		st.end = st.end<<8 | uint64(fold[c])
		isWide, isNarrow := x.may(st.end), x.may(st.end&narrowMask)
		if !isWide && !isNarrow {
			continue
		}
		before := st.kept[:begin+i+1]
		found := func(p pattern) {
			st.search.leak(Leak{Kind: p.kind, Encoding: p.encoding, Where: st.where, Frame: frame, Offset: st.offset + int64(i+1-len(p.bytes))})
		}
		if isNarrow {
			x.at(0, st.end&narrowMask, before, found)
		}
		if isWide {
			x.at(1, st.end, before, found)
		}
	}
	st.offset += int64(len(b))
	if extra := len(st.kept) - max(x.longest-1, 0); extra > 0 {
		st.kept = append(st.kept[:0], st.kept[extra:]...)
	}
}

// Bytes searches something that is there as a whole.
func (s *Search) Bytes(where string, frame int, b []byte) { s.Stream(where).Write(frame, b) }
