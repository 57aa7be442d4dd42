package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// A mismatch is what a hello and a server have not in common.
type mismatch struct {
	id      string
	what    string // as a whole sentence's part: "the client offers only RC4 suites"
	culprit Culprit
	certain bool // by the hello alone: no server of our time takes it by default
	likely  bool // many do not
	proof   []Proof
	remedy  Remedy
}

// unshared says what keeps a hello from being answered by a server with Parley's
// abilities. Where nothing does, it is the other server's settings.
func unshared(h *wire.ClientHello) mismatch {
	best := bestVersion(h)
	for _, look := range []func(*wire.ClientHello, wire.Version) (mismatch, bool){oldVersion, strangeSuites, weakSuites, noCurve, noSignature, rareCurves, outmodedSuites} {
		if m, ok := look(h, best); ok {
			return m
		}
	}
	return mismatch{
		id: "suite-none-shared", culprit: CulpritUnknown,
		what:   "the server has none of the suites on that the client offers, or none that fits its certificate",
		proof:  []Proof{{Field: "cipher_suites", Value: named(offered(h))}},
		remedy: servedByDefault(h, best),
	}
}

func servedByDefault(h *wire.ClientHello, best wire.Version) Remedy {
	return Remedy{Where: "Parley", Setting: fmt.Sprintf("nothing to set: its defaults serve this hello, with %s and %s", best, usable(h, best)[0]), Safe: true}
}

// rareCurves: the client needs a curve, and has none of the two that nearly
// every server has.
func rareCurves(h *wire.ClientHello, best wire.Version) (mismatch, bool) {
	groups, err := h.Groups()
	if err != nil || groups == nil || slices.ContainsFunc(groups, commonGroup) || !onlyECDHE(h, best) {
		return mismatch{}, false
	}
	return mismatch{
		id: "curve-none-shared", culprit: CulpritUnknown,
		what:   "the client's suites need a curve, and it names neither secp256r1 nor x25519, which may be all that the server has",
		proof:  []Proof{{Field: "supported_groups", Value: named(groups)}},
		remedy: servedByDefault(h, best),
	}, true
}

func commonGroup(g wire.Group) bool { return g == wire.GroupX25519 || g == wire.GroupSecp256r1 }

// outmodedSuites: all that the client has lacks forward secrecy or AEAD, and
// many servers have turned that off.
func outmodedSuites(h *wire.ClientHello, best wire.Version) (mismatch, bool) {
	if best >= wire.VersionTLS13 || slices.ContainsFunc(usable(h, best), upToDate) {
		return mismatch{}, false
	}
	return mismatch{
		id: "suite-none-shared", culprit: CulpritUnknown, likely: true,
		what:   "the client offers no suite with both forward secrecy and AEAD, and many servers have the others turned off",
		proof:  []Proof{{Field: "cipher_suites", Value: named(offered(h))}},
		remedy: servedByDefault(h, best),
	}, true
}

func upToDate(id wire.SuiteID) bool {
	x := suite.ByID(id)
	return x != nil && x.KeyExchange == suite.KeyExchangeECDHE && x.IsAEAD()
}

func oldVersion(h *wire.ClientHello, best wire.Version) (mismatch, bool) {
	if best >= wire.VersionTLS10 {
		return mismatch{}, false
	}
	return mismatch{
		id: "version-none-shared", culprit: CulpritClient, certain: true,
		what:   "the client knows no version later than SSL 3.0, which is not safe at all (RFC 7568)",
		proof:  []Proof{{Field: "client_version", Value: versionsWords(h)}},
		remedy: Remedy{Where: "the client", Setting: "turn on TLS 1.0 or later; Parley does not serve SSL 3.0", Safe: true},
	}, true
}

func strangeSuites(h *wire.ClientHello, best wire.Version) (mismatch, bool) {
	if len(usableOf(h, best, suite.All())) > 0 || len(usable(h, best)) > 0 {
		return mismatch{}, false
	}
	return mismatch{
		id: "suite-none-shared", culprit: CulpritClient, certain: true,
		what:   "none of the suites that the client offers is one that a server of our time has",
		proof:  []Proof{{Field: "cipher_suites", Value: named(offered(h))}},
		remedy: Remedy{Where: "the client", Setting: "turn on a suite that Parley has, such as TLS_RSA_WITH_AES_128_CBC_SHA (OpenSSL: AES128-SHA); there is no setting for the client's here", Safe: true},
	}, true
}

func weakSuites(h *wire.ClientHello, best wire.Version) (mismatch, bool) {
	all := usableOf(h, best, suite.All())
	if len(usable(h, best)) > 0 || len(all) == 0 {
		return mismatch{}, false
	}
	return mismatch{
		id: "suite-none-shared", culprit: CulpritClient, certain: true,
		what:   "the client offers only suites that are too weak to be on by default",
		proof:  []Proof{{Field: "cipher_suites", Value: named(offered(h))}},
		remedy: Remedy{Where: "Parley", Setting: "--suites default," + all[0].String(), Cost: suite.ByID(all[0]).Weak},
	}, true
}

// noCurve: of what both have all is ECDHE, and the client names no curve of ours.
// A client without the extension takes any (RFC 8422, section 4).
func noCurve(h *wire.ClientHello, best wire.Version) (mismatch, bool) {
	groups, err := h.Groups()
	if err != nil || groups == nil || slices.ContainsFunc(groups, servedGroup) || !onlyECDHE(h, best) {
		return mismatch{}, false
	}
	return mismatch{
		id: "curve-none-shared", culprit: CulpritClient, certain: true,
		what:   "the client's suites need a curve, and it names none that servers have",
		proof:  []Proof{{Field: "supported_groups", Value: named(groups)}},
		remedy: Remedy{Where: "the client", Setting: "turn on secp256r1 (P-256), or a suite of RSA key exchange such as TLS_RSA_WITH_AES_128_CBC_SHA", Safe: true},
	}, true
}

func servedGroup(g wire.Group) bool {
	return slices.Contains([]wire.Group{wire.GroupX25519, wire.GroupSecp256r1, wire.GroupSecp384r1, wire.GroupSecp521r1}, g)
}

func onlyECDHE(h *wire.ClientHello, best wire.Version) bool {
	for _, id := range usable(h, best) {
		if suite.ByID(id).KeyExchange != suite.KeyExchangeECDHE {
			return false
		}
	}
	return best < wire.VersionTLS13
}

// noSignature: the client takes no signature that an RSA or ECDSA key makes (RFC
// 5246, section 7.4.1.4.1).
func noSignature(h *wire.ClientHello, best wire.Version) (mismatch, bool) {
	schemes, err := h.SignatureSchemes()
	if err != nil || schemes == nil || best != wire.VersionTLS12 || slices.ContainsFunc(schemes, usualScheme) || !onlyECDHE(h, best) {
		return mismatch{}, false
	}
	return mismatch{
		id: "signature-none-shared", culprit: CulpritClient, certain: true,
		what:   "the client takes no signature that an RSA or ECDSA key makes",
		proof:  []Proof{{Field: "signature_algorithms", Value: named(schemes)}},
		remedy: Remedy{Where: "the client", Setting: "turn on rsa_pkcs1_sha256, which nearly every server can make", Safe: true},
	}, true
}

func usualScheme(s wire.SignatureScheme) bool {
	name := s.String()
	return strings.HasPrefix(name, "rsa_") || strings.HasPrefix(name, "ecdsa_")
}

// bestVersion is the latest version that the hello offers; 0: none that is known.
func bestVersion(h *wire.ClientHello) wire.Version {
	for v := wire.VersionTLS13; v >= wire.VersionSSL30; v-- {
		if h.OffersVersion(v) {
			return v
		}
	}
	return 0
}

// offered is what the hello lists, without signals and the values of RFC 8701.
func offered(h *wire.ClientHello) []wire.SuiteID {
	return slices.DeleteFunc(slices.Clone(h.CipherSuites), func(id wire.SuiteID) bool {
		return id.IsGREASE() || id == wire.SuiteEmptyRenegotiationInfoSCSV || id == wire.SuiteFallbackSCSV
	})
}

// usable lists, in Parley's order, what its defaults and the hello share.
func usable(h *wire.ClientHello, best wire.Version) []wire.SuiteID {
	if best >= wire.VersionTLS13 {
		if i := slices.IndexFunc(h.CipherSuites, modern); i >= 0 {
			return h.CipherSuites[i : i+1]
		}
	}
	var list []*suite.Suite
	for _, id := range suite.Default() {
		list = append(list, suite.ByID(id))
	}
	return usableOf(h, best, list)
}

func modern(id wire.SuiteID) bool { return id>>8 == 0x13 }

func usableOf(h *wire.ClientHello, best wire.Version, list []*suite.Suite) []wire.SuiteID {
	var ids []wire.SuiteID
	for _, x := range list {
		if h.Offers(x.ID) && best >= x.MinVersion {
			ids = append(ids, x.ID)
		}
	}
	return ids
}

func versionsWords(h *wire.ClientHello) string {
	if versions, err := h.Versions(); err == nil && versions != nil {
		return "supported_versions: " + named(slices.DeleteFunc(slices.Clone(versions), wire.Version.IsGREASE))
	}
	return "client_version " + h.Version.String()
}

// maxListed is how many names a proof lists.
const maxListed = 8

// named names the first of some things, and says how many more there are.
func named[T fmt.Stringer](things []T) string {
	var names []string
	for _, x := range things[:min(len(things), maxListed)] {
		names = append(names, x.String())
	}
	if n := len(things) - len(names); n > 0 {
		names = append(names, fmt.Sprintf("and %d more", n))
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
