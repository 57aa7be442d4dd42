package sanitize

import (
	"errors"
	"io"

	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/record"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// A sealer seals the records of one epoch and direction under a throw-away secret.
type sealer struct {
	recast *record.Recaster      // up to TLS 1.2
	modern *dissect.ModernSealer // TLS 1.3
	err    error
	base   int64 // by how much the stream is longer where the keys begin
}

// sealer gives the one that takes the place of old keys.
func (c *connection) sealer(w *way, k *dissect.TapKeys, offset int64) *sealer {
	if s, ok := w.sealers[k]; ok {
		return s
	}
	s := c.newSealer(k)
	s.base = w.upTo(offset)
	w.sealers[k] = s
	return s
}

var errSecret = errors.New("a secret does not fit its suite")

func (c *connection) newSealer(k *dissect.TapKeys) *sealer {
	s := &sealer{}
	if k.Version == wire.VersionTLS13 {
		if s.modern = c.modern(k); s.modern == nil {
			s.err = errSecret
		}
		return s
	}
	client, server := c.run.random(k.ClientRandom), c.run.random(k.ServerRandom)
	block := keys.KeyBlock(k.Version, k.Suite, c.run.master(k.Master), &client, &server)
	mac, key, iv := block.ClientMAC, block.ClientKey, block.ClientIV
	if k.Side == trace.Server {
		mac, key, iv = block.ServerMAC, block.ServerKey, block.ServerIV
	}
	s.recast, s.err = record.NewRecaster(k.Version, k.Suite, mac, key, iv, k.EncryptThenMAC)
	return s
}

// modern makes the sealer of a traffic secret, through the updates that led to it.
func (c *connection) modern(k *dissect.TapKeys) *dissect.ModernSealer {
	updates := 0
	for ; k.Before != nil; k = k.Before {
		updates++
	}
	s := dissect.NewModernSealer(k.SuiteID, keys.NewSecret(c.run.traffic(k.Secret)))
	for ; s != nil && updates > 0; updates-- {
		s = s.Next()
	}
	return s
}

// seal makes the fragment of a record.
func (s *sealer) seal(w *way, r *entry, random io.Reader) ([]byte, error) {
	switch {
	case s.err != nil:
		return nil, s.err
	case s.modern != nil:
		out := s.modern.Seal(r.Header, r.Sequence, r.Type, r.content)
		if out == nil {
			return nil, errLength
		}
		return out, nil
	}
	return s.recast.Seal(record.Cast{
		Header: r.Header, As: r.As, Sequence: r.Sequence, Before: w.chain,
		Position: r.Position + w.upTo(r.Offset) - s.base,
	}, r.content, random)
}

var errLength = errors.New("what it holds does not fit its length")

// moved notes what the last record of a direction ends with.
func (c *connection) moved(w *way, r *entry, fragment []byte) {
	k := r.Keys
	if k == nil {
		return
	}
	if s := c.sealer(w, k, r.Offset); s.recast != nil {
		w.chain = append(w.chain[:0], s.recast.Chain(fragment)...)
	}
}
