package clientcert

import (
	"crypto/x509"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/wire"
)

// A Guard judges client certificates beyond what their authority says.
type Guard struct {
	Revocation *Revocation // nil: revocation is not looked at
	Allow      Names       // empty: all
	// Authorities are those that clients' certificates lead to.
	Authorities []*x509.Certificate
	// Newest, if it is there, gives the lists of now: a connection that is open keeps
	// its settings, and yet renegotiates by the newest lists.
	Newest func() *Revocation
	// Stale, if it is there, is told of each certificate that passes only since lists
	// that are out of date are accepted, by its issuer's newest.
	Stale func(*List)
	Now   func() time.Time
}

// Needed says whether the guard has anything to look at.
func (g *Guard) Needed() bool { return g.Revocation != nil || len(g.Allow) > 0 }

// Lists are all that it has.
func (g *Guard) Lists() []*List {
	if g.Revocation == nil {
		return nil
	}
	return g.Revocation.Lists
}

// Verify is parley.Config's VerifyConnection: of first handshakes, renegotiations
// and resumed sessions alike.
func (g *Guard) Verify(s parley.State) error {
	if len(s.PeerCertificates) == 0 {
		return nil
	}
	leaf := s.PeerCertificates[0]
	if fault := g.checkChains(leaf, s.VerifiedChains); fault != nil {
		return fault
	}
	if len(g.Allow) > 0 && !g.Allow.Hold(leaf) {
		return notAllowed(leaf)
	}
	return nil
}

// checkChains wants one chain of which nothing is revoked. If there is none, it
// says so of what is surely revoked, if anything is.
func (g *Guard) checkChains(leaf *x509.Certificate, chains [][]*x509.Certificate) *wire.Fault {
	switch {
	case g.Revocation == nil:
		return nil
	case len(chains) == 0:
		return unchecked(leaf, "no authority vouches for it")
	}
	var worst *wire.Fault
	for _, chain := range chains {
		fault := g.checkChain(chain)
		if fault == nil {
			return nil
		}
		if worst == nil || fault.Finding == FindingRevoked {
			worst = fault
		}
	}
	return worst
}

// checkChain looks each certificate up but the last, which the operator trusts by
// itself. The one nearest to the authority comes first: if it is revoked, nobody
// need believe what it says of the others.
func (g *Guard) checkChain(chain []*x509.Certificate) *wire.Fault {
	for n := len(chain) - 2; n >= 0; n-- {
		lists, now := g.lists(chain[n+1]), g.Now()
		if fault := g.Revocation.check(chain[n], lists, now); fault != nil {
			return fault
		}
		if g.Stale != nil && !current(lists, now) {
			g.Stale(newest(lists))
		}
	}
	return nil
}

// lists are the newest of an issuer.
func (g *Guard) lists(issuer *x509.Certificate) []*List {
	if g.Newest != nil {
		if lists := g.Newest().of(issuer); len(lists) > 0 {
			return lists
		}
	}
	return g.Revocation.of(issuer)
}
