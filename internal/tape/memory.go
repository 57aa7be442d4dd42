package tape

import (
	"bytes"
	"io"
	"sync"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/trace"
)

// mostKept bounds what a Memory holds. What comes after it is missing there, as in
// a capture that ended too soon.
const mostKept = 64 << 20

// A Memory keeps what Tracks record, and tells it as conversations: what a live
// connection was like, to whoever took part in it. It is safe for concurrent use.
type Memory struct {
	next *Tape

	mu      sync.Mutex // guards what follows
	packets []capture.Packet
	bytes   int
	keys    bytes.Buffer
}

// NewMemory makes an empty one. What it gets goes to a tape, too; nil: to none.
func NewMemory(next *Tape) *Memory { return &Memory{next: next} }

// KeyLog takes lines of a key log.
func (m *Memory) KeyLog() io.Writer { return memoryKeys{m} }

type memoryKeys struct{ m *Memory }

// Write keeps lines of a key log.
func (k memoryKeys) Write(b []byte) (int, error) {
	k.m.mu.Lock()
	defer k.m.mu.Unlock()
	if k.m.keep(len(b)) {
		k.m.keys.Write(b)
	}
	if k.m.next != nil {
		return k.m.next.KeyLog().Write(b)
	}
	return len(b), nil
}

// Packet is a Track's.
func (m *Memory) Packet(p capture.Packet) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.keep(len(p.Data)) {
		p.Frame = len(m.packets) + 1
		m.packets = append(m.packets, p)
	}
	if m.next != nil {
		return m.next.Packet(p)
	}
	return nil
}

// keep says whether n more bytes have room. Behind a packet that had none, none has.
func (m *Memory) keep(n int) bool {
	m.bytes += n
	return m.bytes <= mostKept
}

// Flush brings the tape's file up to date.
func (m *Memory) Flush() {
	if m.next != nil {
		m.next.Flush()
	}
}

// Conversations tells what was recorded, in the order in which the connections
// ended. Their frames are those of the tape's file.
func (m *Memory) Conversations() []*trace.Conversation {
	ring := dissect.NewKeyring()
	m.mu.Lock()
	// Lines that this program wrote can be read.
	_ = ring.AddLog("of this client", bytes.NewReader(m.keys.Bytes()))
	m.mu.Unlock()
	return m.told(ring)
}

// Sealed tells it as one would see it who has no keys.
func (m *Memory) Sealed() []*trace.Conversation { return m.told(dissect.NewKeyring()) }

func (m *Memory) told(ring *dissect.Keyring) []*trace.Conversation {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []*trace.Conversation
	streams := capture.NewAssembler(func(c capture.Connection) capture.Sink {
		return dissect.New(c, dissect.Options{Keys: ring, Done: func(c *trace.Conversation) { all = append(all, c) }})
	}, capture.Limits{})
	for _, p := range m.packets {
		streams.Add(p)
	}
	streams.Finish()
	return all
}
