package sanitize

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/sanitize/disguise"
	"github.com/parley-tls/parley/internal/sanitize/prove"
	"github.com/parley-tls/parley/internal/trace"
)

// A Proof is what a search of the new capture came to.
type Proof struct {
	Leaks    []prove.Leak // the first of them
	Found    int          // all of them
	Judged   map[disguise.Kind]int
	Unjudged []prove.Unjudged
	Lost     map[disguise.Kind]int // values that were too many to be kept
	Remarks  map[string]int        // what could not be replaced as it should be, and how often
}

// Prove searches a capture that Sanitize made: the file as it is, each packet, both streams
// of each connection, and what its own secrets open of them.
func Prove(ctx context.Context, file io.ReadSeeker, size int64, d *disguise.Disguise) (*Proof, error) {
	search := prove.New(d.Replaced(), prove.Options{Size: 4 * size, Own: []string{capture.Sanitized}})
	if err := search.Read("the file", file); err != nil {
		return nil, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	keys := dissect.NewKeyring()
	reader, err := capture.NewReader(file, capture.Options{Secrets: func(b capture.SecretsBlock) { _ = keys.AddSecrets(b) }}) // they are our own
	if err != nil {
		return nil, err
	}
	streams := capture.NewAssembler(func(c capture.Connection) capture.Sink { return newSearcher(search, keys, c) }, capture.Limits{})
	for ctx.Err() == nil {
		p, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		search.Packet(p)
		streams.Add(p)
	}
	streams.Finish()
	proof := &Proof{Judged: search.Judged(), Unjudged: search.Unjudged(), Lost: d.Lost(), Remarks: d.Remarks()}
	proof.Leaks, proof.Found = search.Leaks()
	return proof, ctx.Err()
}

// A searcher searches the streams of a connection, and what they hold.
type searcher struct {
	*dissect.Dissector
	plain  [2]*prove.Stream
	opened [2]*prove.Stream
}

func newSearcher(search *prove.Search, keys *dissect.Keyring, c capture.Connection) *searcher {
	s := &searcher{}
	for d := range s.plain {
		from := c.A
		if capture.Direction(d) == capture.BtoA {
			from = c.B
		}
		where := fmt.Sprintf("connection %d, from %v", c.Number, from)
		s.plain[d], s.opened[d] = search.Stream(where), search.Stream(where+", opened")
	}
	s.Dissector = dissect.New(c, dissect.Options{Keys: keys, Record: func(r dissect.Record) {
		if r.Protected && !r.Sealed {
			s.opened[r.Direction].Write(r.At.Frame, r.Content)
		}
	}})
	return s
}

// Bytes searches what comes.
func (s *searcher) Bytes(d capture.Direction, at capture.Mark, b []byte) {
	s.plain[d].Write(at.Frame, b)
	s.Dissector.Bytes(d, at, b)
}

// Gap has the search begin anew behind what is missing.
func (s *searcher) Gap(d capture.Direction, at capture.Mark, n int64, why trace.GapReason) {
	if why != trace.GapChanged {
		s.plain[d].Gap(n)
	}
	s.Dissector.Gap(d, at, n, why)
}
