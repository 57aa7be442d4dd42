package sanitize

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/sanitize/disguise"
	"github.com/parley-tls/parley/internal/wire"
)

// A way is one direction of a connection that is made anew.
type way struct {
	run     *run
	spool   *spool
	noise   cipher.Block     // of the bytes that nobody made
	extents []extent         // of the stream, in the order of packets
	waiting []*entry         // records that are not whole or stand behind such
	keys    *dissect.TapKeys // that were used last
	sealers map[*dissect.TapKeys]*sealer
	chain   []byte // the end of the last record, where a cipher chains

	line     []byte // of a text, as far as it came; where it begins
	lineAt   int64
	said     int64 // the end of all text
	recorded int64 // the end of all records

	passed  int64 // the end of what the dissector was given
	growths []growth
}

// An extent is the payload of one packet: where in the stream it stands, and where in
// the spool.
type extent struct {
	offset int64
	length int
	at     int64
	frame  int
	again  int // how many bytes of its beginning had come before
}

func (x extent) end() int64 { return x.offset + int64(x.length) }

// remembered is how far back in a stream a packet can reach that comes again. Who reads
// the capture compares no more.
const remembered = 64 << 10

// segment makes room for a packet's payload, which is noise or words until somebody
// understands it, and the same as before where it comes again.
func (w *way) segment(at stood, payload []byte) {
	frame, offset := at.frame, at.offset
	filled, again := w.fill(offset, payload), int64(0)
	for _, x := range w.extents {
		from, to := max(offset, x.offset), min(offset+int64(len(filled)), x.end())
		if from < to {
			w.spool.get(filled[from-offset:to-offset], x.at+from-x.offset)
			if from <= offset+again {
				again = max(again, to-offset)
			}
		}
	}
	w.extents = append(w.extents, extent{offset, len(filled), w.spool.add(at, filled), frame, int(again)})
	w.say(offset, payload)
}

// fill gives what stands in a payload's place until it is understood.
func (w *way) fill(offset int64, payload []byte) []byte {
	switch {
	case isText(payload) && offset > talk:
		return disguise.Filler(disguise.KindDialogue, len(payload))
	case isText(payload):
		return w.run.dialogue(payload)
	}
	out := make([]byte, len(payload))
	w.noiseAt(offset, out)
	// What stands first tells those who meet a stream in its middle where they are.
	out[0] &= 0x07
	if isPrintable(payload[0]) {
		out[0] += 'p'
	}
	if beginsRecord(payload) {
		copy(out, payload[:min(len(payload), wire.RecordHeaderLen)])
	}
	return out
}

const (
	talk    = 64 << 10 // where in a stream nobody says any more that TLS is to begin
	longest = 1 << 10  // what is kept of a line
)

// say makes anew what is said before TLS, as more of it comes: lines and messages are cut
// into packets anywhere.
func (w *way) say(offset int64, payload []byte) {
	end := offset + int64(len(payload))
	if offset < w.said || offset > talk {
		return
	}
	w.said = end
	if offset != w.lineAt+int64(len(w.line)) || w.recorded > w.lineAt {
		w.line, w.lineAt = w.line[:0], offset
	}
	if w.line = append(w.line, payload...); beginsRecord(w.line) {
		w.saidTo(end)
		return
	}
	if w.lineAt <= 1 && pgReplies[string(w.line)] {
		w.put(w.lineAt, w.line)
		return
	}
	for made := w.greeting(w.lineAt, w.line); made != nil && len(w.line) > 0; made = w.greeting(w.lineAt, w.line) {
		w.put(w.lineAt, made)
		w.saidTo(w.lineAt + int64(len(made)))
	}
	if isText(w.line) {
		w.put(w.lineAt, w.run.dialogue(w.line))
		if !strings.HasPrefix(proxySignature, string(w.line)) {
			w.saidTo(w.lineAt + int64(bytes.LastIndexByte(w.line, '\n')+1))
		}
	}
	if len(w.line) > longest {
		w.saidTo(end)
	}
}

// saidTo is done with what is said up to a place.
func (w *way) saidTo(end int64) {
	w.line, w.lineAt = append(w.line[:0], w.line[end-w.lineAt:]...), end
}

// beginsRecord reports whether a payload can begin with the header of a record, or with
// the head of a hello in the format of SSL 2.0 (RFC 5246, appendix E.2) or of its answer.
func beginsRecord(b []byte) bool {
	at := func(i int, ok func(byte) bool) bool { return i >= len(b) || ok(b[i]) }
	upTo := func(n byte) func(byte) bool { return func(b byte) bool { return b <= n } }
	is := func(n byte) func(byte) bool { return func(b byte) bool { return b == n } }
	if t := wire.ContentType(b[0]); t >= wire.TypeChangeCipherSpec && t <= wire.TypeHeartbeat {
		return at(1, is(3)) && at(2, upTo(4))
	}
	const clientHello, serverHello = 1, 4
	return b[0]&0x80 != 0 && len(b) > 2 && (b[2] == clientHello || b[2] == serverHello) && at(3, upTo(3)) && at(4, upTo(4))
}

// noiseAt fills out with what looks random and depends on where it stands.
func (w *way) noiseAt(offset int64, out []byte) {
	var counter [aes.BlockSize]byte
	binary.BigEndian.PutUint64(counter[8:], uint64(offset)/aes.BlockSize)
	clear(out)
	stream := cipher.NewCTR(w.noise, counter[:])
	var before [aes.BlockSize]byte
	stream.XORKeyStream(before[:uint64(offset)%aes.BlockSize], before[:uint64(offset)%aes.BlockSize])
	stream.XORKeyStream(out, out)
}

// otherwise finds the packet in which n bytes came again, otherwise: the frame itself, or
// where what it carried was waiting still, one that came behind it with the same bytes.
func (w *way) otherwise(frame int, n int64) (c change, ok bool) {
	i := slices.IndexFunc(w.extents, func(x extent) bool { return x.frame == frame })
	if i < 0 {
		return change{}, false
	}
	x := w.extents[i]
	if int64(x.again) >= n {
		return change{frame: frame, n: int(n)}, true
	}
	for _, y := range w.extents[i+1:] {
		if from, to := max(x.offset, y.offset), min(x.end(), y.end()); to-from >= n {
			return change{frame: y.frame, at: int(from - y.offset), n: int(n)}, true
		}
	}
	return change{}, false
}

// put lays bytes into the stream, wherever packets carry them.
func (w *way) put(offset int64, b []byte) {
	for _, x := range w.extents {
		from, to := max(offset, x.offset), min(offset+int64(len(b)), x.end())
		if from < to {
			w.spool.put(b[from-offset:to-offset], x.at+from-x.offset)
		}
	}
}

// unsettled is how far back a dissector may still find a record to begin.
const unsettled = 64 << 10

// pass notes that so many bytes were given to the dissector, or are missing, and drops the
// extents of which nothing changes any more.
func (w *way) pass(n int64) {
	w.passed += n
	before := w.passed - unsettled
	if len(w.waiting) > 0 {
		before = min(before, w.waiting[0].Offset)
	}
	before -= remembered
	done := 0
	for done < len(w.extents) && w.extents[done].end() < before {
		done++
	}
	const few = 64
	if done > few {
		w.extents = append(w.extents[:0], w.extents[done:]...)
	}
}

// use notes the keys of a record, and drops the sealers of keys that were used before.
func (w *way) use(k *dissect.TapKeys) {
	w.keys = k
	const few = 16
	if len(w.sealers) <= few {
		return
	}
	for old := range w.sealers {
		if old != k {
			delete(w.sealers, old)
		}
	}
}
