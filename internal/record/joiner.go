package record

import (
	"fmt"

	"github.com/parley-tls/parley/internal/wire"
)

// DefaultMessageLimit is the longest message body that a Joiner joins unless
// told otherwise.
const DefaultMessageLimit = 64 << 10

// A Joiner joins handshake fragments into messages: a message may be spread
// over records, and a record may hold several (RFC 5246, section 6.2.1). Its
// zero value is ready. It holds no memory between messages.
type Joiner struct {
	buf   []byte // bytes before taken are handed out and never written again
	taken int    // where the next message to hand out begins
	whole int    // where the unfinished message begins; before it all are whole
	limit int    // 0: DefaultMessageLimit
	fault *wire.Fault
}

// SetLimit sets the longest message body. It holds for messages that have not
// begun.
func (j *Joiner) SetLimit(n int) { j.limit = n }

// Add copies a handshake record's plaintext. The error is a *wire.Fault as
// soon as a header announces a body over the limit, and is final. The caller
// takes the messages before it adds much more: only the unfinished one is
// bounded.
func (j *Joiner) Add(fragment []byte) error {
	if j.fault != nil {
		return j.fault
	}
	j.append(fragment)
	for {
		n, known := j.messageLen()
		if !known {
			return nil
		}
		if body := n - wire.MessageHeaderLen; body > j.max() {
			j.fault = tooLong(body, j.max())
			return j.fault
		}
		if len(j.buf)-j.whole < n {
			return nil
		}
		j.whole += n
	}
}

// append makes room at least by doubling, so that each byte is moved a bounded
// number of times however small the fragments are. What was handed out stays
// where it is.
func (j *Joiner) append(fragment []byte) {
	if cap(j.buf)-len(j.buf) < len(fragment) {
		kept := len(j.buf) - j.taken
		grown := make([]byte, kept, max(2*kept, kept+len(fragment)))
		copy(grown, j.buf[j.taken:])
		j.buf, j.whole, j.taken = grown, j.whole-j.taken, 0
	}
	j.buf = append(j.buf, fragment...)
}

// messageLen is the length of the unfinished message, its header included,
// once that is known.
func (j *Joiner) messageLen() (int, bool) {
	return messageLen(j.buf[j.whole:])
}

func messageLen(b []byte) (int, bool) {
	if len(b) < wire.MessageHeaderLen {
		return 0, false
	}
	return wire.MessageHeaderLen + int(b[1])<<16 + int(b[2])<<8 + int(b[3]), true
}

func (j *Joiner) max() int {
	if j.limit == 0 {
		return DefaultMessageLimit
	}
	return j.limit
}

// Next takes the next whole message, or says that there is none yet. The
// message stays as it is whatever is added later.
func (j *Joiner) Next() (wire.Message, bool) {
	if j.taken == j.whole {
		return nil, false
	}
	n, _ := messageLen(j.buf[j.taken:])
	end := j.taken + n
	m := wire.Message(j.buf[j.taken:end:end])
	j.taken = end
	if end == len(j.buf) {
		j.buf, j.taken, j.whole = nil, 0, 0
	}
	return m, true
}

// Pending is how many bytes of an unfinished message are held. At a
// ChangeCipherSpec there must be none.
func (j *Joiner) Pending() int { return len(j.buf) - j.whole }

func tooLong(body, limit int) *wire.Fault {
	return &wire.Fault{
		Alert:  wire.AlertIllegalParameter,
		Reason: fmt.Sprintf("a handshake message of %d bytes is longer than the %d allowed", body, limit),
	}
}
