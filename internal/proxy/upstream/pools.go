package upstream

import (
	"bytes"
	"crypto/tls"
	"log/slog"
	"slices"
	"strings"
	"sync"
)

// Pools are those of a process. What is the same backend, with the same files, is
// one pool, whoever has it, so that it is checked once and its servers' state
// outlives a reload that does not change it.
type Pools struct {
	log *slog.Logger

	mu   sync.Mutex // guards what follows
	all  []*Pool
	held map[any][]*Pool // by who has them
}

// NewPools gives none yet. They tell the log when a server goes down or comes back.
func NewPools(log *slog.Logger) *Pools { return &Pools{log: log, held: map[any][]*Pool{}} }

// Of gives the pool of a backend. Config, which is not changed any more, has
// authorities and certificate of one with TLS. Checks begin when it is held.
func (p *Pools) Of(b *Backend, config *tls.Config) *Pool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, one := range p.all {
		if one.backend.Equal(b) && sameFiles(one.tls, config) {
			return one
		}
	}
	one := newPool(b, config, p.log)
	p.all = append(p.all, one)
	return one
}

// Hold says which pools somebody has from now on, in the place of those that he
// had. What nobody has any more is not checked any more, and forgotten.
func (p *Pools) Hold(who any, pools ...*Pool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held[who] = pools; len(pools) == 0 {
		delete(p.held, who)
	}
	for _, one := range pools {
		if !slices.Contains(p.all, one) {
			p.all = append(p.all, one)
		}
		one.start()
	}
	p.all = slices.DeleteFunc(p.all, func(one *Pool) bool {
		if p.isHeld(one) {
			return false
		}
		one.end()
		return true
	})
}

func (p *Pools) isHeld(one *Pool) bool {
	for _, has := range p.held {
		if slices.Contains(has, one) {
			return true
		}
	}
	return false
}

// Status is that of all servers that somebody has, in the order of their names. One that is in
// several pools is up if it is in each.
func (p *Pools) Status() []Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []Status
	for _, pool := range p.all {
		if !p.isHeld(pool) {
			continue
		}
		for _, s := range pool.servers {
			out = add(out, s.status())
		}
	}
	slices.SortStableFunc(out, func(a, b Status) int { return strings.Compare(a.Backend, b.Backend) })
	return out
}

func add(list []Status, s Status) []Status {
	for i := range list {
		if known := &list[i]; known.Backend == s.Backend && known.Server == s.Server {
			failures := known.Failures + s.Failures
			if known.Up {
				*known = s
			}
			known.Failures = failures
			return list
		}
	}
	return append(list, s)
}

// sameFiles says whether two configs have the same authorities and certificate.
func sameFiles(a, b *tls.Config) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a.RootCAs == nil || b.RootCAs == nil {
		if a.RootCAs != b.RootCAs {
			return false
		}
	} else if !a.RootCAs.Equal(b.RootCAs) {
		return false
	}
	return slices.EqualFunc(a.Certificates, b.Certificates, func(x, y tls.Certificate) bool {
		return slices.EqualFunc(x.Certificate, y.Certificate, bytes.Equal)
	})
}
