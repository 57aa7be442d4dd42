package inventory

import (
	"slices"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// The weaknesses of a client, the worst first: by what somebody on the path can
// do to its connections, and how easily (docs/decisions/0029).
const (
	WeakSSL2      = "SSL 2.0 hello"      // no integrity of the handshake; refused
	WeakSSL3      = "SSL 3.0"            // RFC 7568; refused
	WeakRC4       = "RC4"                // RFC 7465: what repeats can be read
	WeakBare      = "bare hello"         // CVE-2009-3555: words of others before its own
	WeakRestart   = "restart"            // a hello in clear amid its connection
	Weak3DES      = "3DES"               // CVE-2016-2183, after gigabytes
	WeakTLS10     = "TLS 1.0"            // RFC 8996: SHA-1 and MD5, a CBC IV that is foreseen
	WeakTLS11     = "TLS 1.1"            // RFC 8996: SHA-1 and MD5
	WeakReset     = "reset hello"        // bound by its session alone
	WeakNoSignal  = "no RFC 5746"        // it does not notice that others renegotiate for it
	WeakNoForward = "no forward secrecy" // the server's key opens what was recorded
	WeakCBC       = "CBC"                // Lucky Thirteen, where an end is careless
	WeakNoEMS     = "no RFC 7627"        // its sessions are not bound to their handshakes
	WeakNothing   = "nothing"
)

// weaknesses are in the order of their names above.
var weaknesses = []string{
	WeakSSL2, WeakSSL3, WeakRC4, WeakBare, WeakRestart, Weak3DES, WeakTLS10, WeakTLS11, WeakReset, WeakNoSignal,
	WeakNoForward, WeakCBC, WeakNoEMS, WeakNothing,
}

// rank is a weakness' place in the order; zero is the worst.
func rank(weakness string) int { return slices.Index(weaknesses, weakness) }

// weaker is the worse of two. An empty one is none that is known.
func weaker(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "" || rank(a) < rank(b):
		return a
	}
	return b
}

// weakest is the worst that a sighting shows; empty: it shows nothing.
func (s *Sighting) weakest() (worst string) {
	for _, look := range []func(*Sighting) string{weakVersion, weakSuite, weakHello, weakSecond} {
		worst = weaker(worst, look(s))
	}
	return worst
}

// weakVersion tells the version agreed on, or where there is none the best that
// is offered.
func weakVersion(s *Sighting) string {
	v := s.Version
	if h := s.Hello; h != nil {
		if h.SSL2Format {
			return WeakSSL2
		}
		if v == 0 {
			v = best(h)
		}
	}
	switch v {
	case 0:
		return ""
	case wire.VersionTLS10:
		return WeakTLS10
	case wire.VersionTLS11:
		return WeakTLS11
	case wire.VersionTLS12, wire.VersionTLS13:
		return WeakNothing
	}
	return WeakSSL3
}

// best is the latest version that a hello offers; SSL 3.0 where it is none of TLS.
func best(h *wire.ClientHello) wire.Version {
	for v := wire.VersionTLS13; v >= wire.VersionTLS10; v-- {
		if h.OffersVersion(v) {
			return v
		}
	}
	return wire.VersionSSL30
}

func weakSuite(s *Sighting) string {
	x := suite.ByID(s.Suite)
	switch {
	case x == nil:
		return ""
	case x.Cipher == suite.CipherRC4:
		return WeakRC4
	case x.Cipher == suite.Cipher3DESCBC:
		return Weak3DES
	case x.KeyExchange == suite.KeyExchangeRSA:
		return WeakNoForward
	case x.IsCBC():
		return WeakCBC
	}
	return WeakNothing
}

// weakHello tells what the first hello lacks. In TLS 1.3 nothing of it is needed.
func weakHello(s *Sighting) string {
	h := s.Hello
	if h == nil || h.SSL2Format || s.Version == wire.VersionTLS13 {
		return ""
	}
	switch _, signals, _ := h.RenegotiationInfo(); {
	case !signals && !h.OffersSCSV():
		return WeakNoSignal
	case !h.ExtendedMasterSecret():
		return WeakNoEMS
	}
	return WeakNothing
}

func weakSecond(s *Sighting) (worst string) {
	for _, second := range s.Second {
		worst = weaker(worst, map[renego.Kind]string{
			renego.KindBare: WeakBare, renego.KindRestart: WeakRestart, renego.KindReset: WeakReset,
		}[second.Kind])
	}
	return worst
}
