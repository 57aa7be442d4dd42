package proxy

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/upstream"
	"github.com/parley-tls/parley/internal/renego"
)

// A Permission is what clients that the operator describes get beyond what
// everybody gets, until a day.
type Permission struct {
	Name, Owner, Reason string
	Until               time.Time // the midnight behind its last day, UTC
	Ends                bool      // at Until; else it goes on, and each use is a warning
	Match               Match
	Grant               Grant
}

// A Match describes clients: all that is not empty must fit, each by one of its
// entries.
type Match struct {
	From        []netip.Prefix
	SNI         []string // a name, or *.and its domain, in lower case
	Certificate []string // SHA-256 in hexadecimal, or a name in it
	Fingerprint []string // JA3 or JA4 of the first hello
}

// A Grant is what they get. Zeros give nothing.
type Grant struct {
	MinVersion                   uint16
	Suites                       []uint16
	Secure, Reset, Bare, Restart parley.Answer
	Leniencies                   []Leniency
}

// answer is what is granted for a kind; zero: nothing.
func (g Grant) answer(k parley.Kind) parley.Answer {
	switch k {
	case parley.KindSecure:
		return g.Secure
	case parley.KindReset:
		return g.Reset
	case parley.KindBare:
		return g.Bare
	case parley.KindRestart:
		return g.Restart
	}
	return parley.AnswerDefault
}

// Ended says whether nothing comes of a permission any more.
func (p *Permission) Ended(now time.Time) bool { return p.Ends && p.Over(now) }

// Over says whether its last day is over.
func (p *Permission) Over(now time.Time) bool { return !now.Before(p.Until) }

// EndsSoon says whether its end is so near that it is told.
func (p *Permission) EndsSoon(now time.Time) bool { return !p.Over(now) && p.Until.Sub(now) <= soon }

// DaysLeft counts the days until its last one is over; negative: since.
func (p *Permission) DaysLeft(now time.Time) int { return int(p.Until.Sub(now).Hours()) / 24 }

// LastDay is the last day of it, as the file writes it.
func (p *Permission) LastDay() string { return lastDay(p.Until) }

// A visitor is what is known of a client when its first hello has been read.
type visitor struct {
	from     net.Addr
	sni      string
	ja3, ja4 string
}

// fits says whether a client is as a match describes it, but for its certificate.
func (m Match) fits(v visitor) bool {
	return (len(m.From) == 0 || within(m.From, v.from)) &&
		(len(m.SNI) == 0 || slices.ContainsFunc(m.SNI, func(name string) bool { return upstream.IsNamed(name, v.sni) })) &&
		(len(m.Fingerprint) == 0 || slices.Contains(m.Fingerprint, v.ja3) || slices.Contains(m.Fingerprint, v.ja4))
}

// within says whether an address is in one of the networks.
func within(networks []netip.Prefix, client net.Addr) bool {
	tcp, ok := client.(*net.TCPAddr)
	if !ok {
		return false
	}
	a := tcp.AddrPort().Addr().Unmap().WithZone("")
	return slices.ContainsFunc(networks, func(p netip.Prefix) bool { return p.Contains(a) })
}

// proves says whether a client proved by its certificate that it is meant. One
// that no authority vouches for proves nothing.
func (m Match) proves(s parley.State) bool {
	if len(m.Certificate) == 0 {
		return true
	}
	if len(s.VerifiedChains) == 0 || len(s.PeerCertificates) == 0 {
		return false
	}
	c := s.PeerCertificates[0]
	sum := sha256.Sum256(c.Raw)
	return slices.ContainsFunc(m.Certificate, func(word string) bool {
		return word == hex.EncodeToString(sum[:]) || holds(c, word)
	})
}

// holds says whether a name is in a certificate.
func holds(c *x509.Certificate, name string) bool {
	return strings.EqualFold(c.Subject.CommonName, name) ||
		slices.ContainsFunc(c.DNSNames, func(n string) bool { return strings.EqualFold(n, name) })
}

// usual is a policy's answer to hellos of a kind from a client that says, where
// the kind lets it, that it knows RFC 5746.
func usual(p parley.Policy, k parley.Kind) parley.Answer {
	return p.Answer(renego.Verdict{Kind: k, FirstSignalled: k != parley.KindBare})
}

// String is a match in the file's words.
func (m Match) String() string {
	var out []string
	for _, part := range []struct {
		key   string
		words []string
	}{{"from", texts(m.From)}, {"sni", m.SNI}, {"certificate", m.Certificate}, {"fingerprint", m.Fingerprint}} {
		if len(part.words) > 0 {
			out = append(out, part.key+" "+strings.Join(part.words, " or "))
		}
	}
	return strings.Join(out, ", ")
}

func texts(networks []netip.Prefix) (out []string) {
	for _, n := range networks {
		out = append(out, n.String())
	}
	return out
}
