// Package replay becomes the client of a captured connection: it makes a plan of
// what the client did, to its first hello's last byte, and plays it against a live
// server with keys of its own.
package replay

import (
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// A Captured is one connection of a capture: what is said of it, and how its
// records were made.
type Captured struct {
	Diagnosis *diagnose.Diagnosis
	Source    report.Source
	Of        int // connections in the capture
	Chosen    bool
	Records   []Record // of both sides, in order
	Talk      []Spoken // what passed in clear before TLS
	Cut       int      // records that are not kept: there were too many
}

// A Record is one record as it passed.
type Record struct {
	From      trace.Side
	Type      wire.ContentType
	Header    wire.Version
	Length    int // of its fragment
	Offset    int64
	Protected bool
	Sealed    bool // it was not opened
	Content   int  // how long what it holds is; where it is sealed, -1
	Alert     [2]byte
	Pieces    []Piece
	Data      []byte // application data, if it was asked for
}

// A Piece is what of a record came in one packet.
type Piece struct {
	Length int
	At     time.Duration // since the connection began
	Frame  int
}

// A Spoken is what one side said at once before TLS began.
type Spoken struct {
	From  trace.Side
	At    time.Duration
	Bytes []byte
}

func (r Record) first() Piece { return r.Pieces[0] }
func (r Record) last() Piece  { return r.Pieces[len(r.Pieces)-1] }
func (r Record) end() int64   { return r.Offset + int64(r.size()) }

// size is the whole record's, header included.
func (r Record) size() int {
	n := 0
	for _, p := range r.Pieces {
		n += p.Length
	}
	return n
}
