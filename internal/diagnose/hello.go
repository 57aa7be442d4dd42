package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/trace"
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

// firstHelloRefused finds first hellos that the server did not take, and choices
// of the server's that the client did not take.
func firstHelloRefused(s *story) []Finding {
	h := s.first()
	if h == nil || h.hello == nil || h.done != nil || h.helloFault != "" || h.hello.SSL2Format { // of that ssl2Hello tells
		return nil
	}
	end := s.stopAfter(h.helloAt)
	if warned := s.nameWarning(); warned != nil && end.by == trace.Client && end.at.n != 0 {
		return []Finding{s.frightened(h, *warned, end)}
	}
	switch {
	case end.alert == nil && end.at.n != 0 && h.serverHello == nil && !h.answeredAtAll() && end.by == trace.Server:
		return s.silentlyRefused(h, end)
	case end.alert == nil:
		return nil
	case end.by == trace.Server && !h.answeredAtAll():
		return s.serverRefused(h, end)
	case end.by == trace.Client && h.answeredAtAll():
		return s.clientRefused(h, end)
	}
	return nil
}

// nameWarning is the server's warning that it does not know the name asked for.
func (s *story) nameWarning() *alert {
	for i, a := range s.alerts {
		if a.From == trace.Server && a.Level == wire.LevelWarning && a.Alert == wire.AlertUnrecognizedName {
			return &s.alerts[i]
		}
	}
	return nil
}

// frightened is a client that takes the warning unrecognized_name for the end, as
// Java 7 does (RFC 6066, section 3, says that a server should not send it).
func (s *story) frightened(h *handshake, warned alert, end stop) Finding {
	f := s.nameUnknown(h, stop{at: warned.moment, by: warned.From, alert: &warned})
	f.Confidence = Likely
	f.Sentence = fmt.Sprintf("The server warned that it does not know the name %q, and %s.", serverName(h.hello), end.words())
	f.Cause = "some clients, Java 7 among them, take the warning unrecognized_name for the end; others go on"
	f.Frames = frames(warned.moment, end.at)
	return f
}

// answeredAtAll reports whether the server sent a handshake message.
func (h *handshake) answeredAtAll() bool {
	return slices.ContainsFunc(h.messages, func(m message) bool { return m.From == trace.Server })
}

// serverRefused judges a hello by the alert that was its answer.
func (s *story) serverRefused(h *handshake, end stop) []Finding {
	switch end.alert.Alert {
	case wire.AlertProtocolVersion:
		return []Finding{s.versionRefused(h, end)}
	case wire.AlertHandshakeFailure, wire.AlertInsufficientSecurity:
		return []Finding{s.suitesRefused(h, end, unshared(h.hello))}
	case wire.AlertInappropriateFallback:
		return []Finding{s.fallbackRefused(h, end)}
	case wire.AlertUnrecognizedName:
		return []Finding{s.nameUnknown(h, end)}
	case wire.AlertDecodeError, wire.AlertIllegalParameter, wire.AlertUnsupportedExtension:
		return []Finding{s.helloNotRead(h, end)}
	}
	return nil
}

func (s *story) atHello(id string, h *handshake, end stop, who Culprit, sure Confidence) Finding {
	f := Finding{ID: id, Level: Failure, Culprit: who, Confidence: sure, Frames: frames(h.helloAt, end.at), At: end.at.At}
	if end.alert != nil {
		f.Frames = frames(end.at, h.helloAt)
		f.Proof = append(f.Proof, alertProof(*end.alert))
	}
	return f
}

// at gives proofs of a hello their place.
func (h *handshake) at(proof []Proof) []Proof {
	out := slices.Clone(proof)
	for i := range out {
		out[i].Frame, out[i].At = h.helloAt.Place.Frame, h.helloAt.At
	}
	return out
}

func (s *story) versionRefused(h *handshake, end stop) Finding {
	f := s.atHello("version-none-shared", h, end, CulpritUnknown, Sure)
	best := bestVersion(h.hello)
	f.Sentence = fmt.Sprintf("Client and server have no protocol version in common: the client offers %s at most, and %s.", best, end.words())
	f.Proof = append(f.Proof, h.at([]Proof{{Field: "versions offered", Value: versionsWords(h.hello)}})...)
	switch {
	case best < wire.VersionTLS10:
		m, _ := oldVersion(h.hello, best)
		f.Culprit, f.Remedies = CulpritClient, []Remedy{m.remedy}
	case best >= wire.VersionTLS12:
		f.Culprit = CulpritServer
		f.Cause = "the server has every version up to the client's turned off, or is confused by what it does not know"
		f.Remedies = []Remedy{{Where: "Parley", Setting: fmt.Sprintf("nothing to set: it serves TLS 1.0 to 1.3 by default, and so %s", best), Safe: true}}
	default:
		f.Cause = fmt.Sprintf("%s was deprecated by RFC 8996, and most servers have it turned off", best)
		f.Remedies = []Remedy{
			{Where: "Parley", Setting: "--min-version 1.0, which is the default", Safe: true, Cost: "TLS 1.0 and 1.1 rest on SHA-1 and MD5"},
			{Where: "the client", Setting: "turn on TLS 1.2, if its library has it", Safe: true},
		}
	}
	return f
}

func (s *story) suitesRefused(h *handshake, end stop, m mismatch) Finding {
	sure := Possible
	if m.certain || m.likely || end.alert != nil && end.alert.Alert == wire.AlertInsufficientSecurity {
		sure = Likely
	}
	f := s.atHello(m.id, h, end, m.culprit, sure)
	f.Sentence = "Client and server found no common ground: " + m.what + ", and " + end.words() + "."
	f.Proof = append(f.Proof, h.at(m.proof)...)
	f.Proof = append(f.Proof, h.at([]Proof{{Field: "versions offered", Value: versionsWords(h.hello)}})...)
	f.Remedies = []Remedy{m.remedy}
	if !m.certain {
		f.Cause = "a server also says handshake_failure when it knows no such server name, when it wants a certificate of another kind than the client's suites can use, or when the client names no curve of its"
		f.Missing = append(f.Missing, "what the server has turned on; its log or its settings say it")
	}
	return f
}

// silentlyRefused judges a server that ended the connection at the hello without
// a word, as old ones do. Only what the hello itself explains is named.
func (s *story) silentlyRefused(h *handshake, end stop) []Finding {
	m := unshared(h.hello)
	if !m.certain {
		return nil
	}
	f := s.suitesRefused(h, end, m)
	f.Confidence = Possible
	f.Missing = append(f.Missing, "the server's reason: it sent no alert; its log may say it")
	return []Finding{f}
}

// clientRefused judges a client's alert about what the server chose.
func (s *story) clientRefused(h *handshake, end stop) []Finding {
	chosen, v := s.cipher()
	switch end.alert.Alert {
	case wire.AlertProtocolVersion:
		f := s.atHello("version-none-shared", h, end, CulpritUnknown, Sure)
		f.Sentence = fmt.Sprintf("The client does not take the version that the server chose, %s: %s.", v, end.words())
		f.Proof = append(f.Proof, h.at([]Proof{{Field: "versions offered", Value: versionsWords(h.hello)}})...)
		f.Remedies = []Remedy{{Where: "the client", Setting: fmt.Sprintf("turn on %s, or a later version", v), Safe: true}, {Where: "Parley", Setting: "--max-version, if the client takes only older versions than it offers", Safe: true}}
		return []Finding{f}
	case wire.AlertInternalError:
		if v == 0 || v >= wire.VersionTLS12 || bestVersion(h.hello) < wire.VersionTLS12 {
			return nil
		}
		return []Finding{s.tooOldForClient(h, end, v)}
	case wire.AlertHandshakeFailure, wire.AlertInsufficientSecurity, wire.AlertIllegalParameter:
		f := s.atHello("suite-none-shared", h, end, CulpritUnknown, Possible)
		f.Sentence = fmt.Sprintf("The client does not take what the server chose, %s: %s.", chosen, end.words())
		f.Proof = append(f.Proof, Proof{Frame: h.serverHelloAt.Place.Frame, At: h.serverHelloAt.At, Field: "cipher_suite", Value: chosen.String()})
		f.Remedies = []Remedy{{Where: "the server", Setting: "choose another suite for this client; Parley's defaults are ECDHE, then RSA key exchange, and never DHE", Safe: true}}
		if strings.HasPrefix(keyExchange(chosen), "DH") {
			f.Cause = "the client refuses the server's Diffie-Hellman group: old Java takes none above 1024 bits, OpenSSL since 2015 none below"
			f.Confidence = Likely
		}
		return []Finding{f}
	}
	return nil
}

// tooOldForClient: measured, OpenSSL 3 as it is delivered offers TLS 1.0 and 1.1,
// and says internal_error when a server takes one of them, since its security
// level forbids their signatures.
func (s *story) tooOldForClient(h *handshake, end stop, v wire.Version) Finding {
	f := s.atHello("version-none-shared", h, end, CulpritServer, Likely)
	f.Sentence = fmt.Sprintf("The client does not take the version that the server chose, %s: %s.", v, end.words())
	f.Cause = "OpenSSL 3 offers TLS 1.0 and 1.1 and does not take them unless its security level is lowered"
	f.Proof = append(f.Proof, h.at([]Proof{{Field: "versions offered", Value: versionsWords(h.hello)}})...)
	f.Proof = append(f.Proof, Proof{Frame: h.serverHelloAt.Place.Frame, At: h.serverHelloAt.At, Field: "server_version", Value: v.String()})
	f.Remedies = []Remedy{
		{Where: "the server", Setting: "turn TLS 1.2 on; Parley has it on by default", Safe: true},
		{Where: "the client", Setting: "DEFAULT@SECLEVEL=0 in its cipher list, if the server cannot do better", Cost: "signatures with SHA-1 and MD5 are taken"},
	}
	return f
}

func (s *story) fallbackRefused(h *handshake, end stop) Finding {
	f := s.atHello("fallback-scsv-refused", h, end, CulpritClient, Sure)
	f.Sentence = fmt.Sprintf("The client said that it was falling back to %s, the server has better, and %s.", bestVersion(h.hello), end.words())
	f.Cause = "an earlier attempt of the client's failed, and it took that for a sign that the server is old (RFC 7507)"
	if h.hello.Offers(wire.SuiteFallbackSCSV) {
		f.Proof = append(f.Proof, h.at([]Proof{{Field: "cipher_suites", Value: "TLS_FALLBACK_SCSV", Bytes: []byte{0x56, 0x00}}})...)
	}
	f.Remedies = []Remedy{{Where: "the client", Setting: "find out why its attempt before this one failed, and turn the fallback off (OpenSSL: do not set SSL_MODE_SEND_FALLBACK_SCSV on a first attempt)", Safe: true}}
	return f
}

func (s *story) nameUnknown(h *handshake, end stop) Finding {
	f := s.atHello("cert-name", h, end, CulpritUnknown, Sure)
	name := serverName(h.hello)
	f.Sentence = fmt.Sprintf("The client asked for the server name %q, which the server does not know: %s.", name, end.words())
	f.Proof = append(f.Proof, h.at([]Proof{{Field: "server_name", Value: name}})...)
	f.Remedies = []Remedy{
		{Where: "the client", Setting: "connect by a name that the server has", Safe: true},
		{Where: "Parley", Setting: "nothing to set: it answers an unknown name with its first --cert", Safe: true},
	}
	return f
}

func (s *story) helloNotRead(h *handshake, end stop) Finding {
	f := s.atHello("hello-malformed", h, end, CulpritUnknown, Possible)
	f.Sentence = "The server could not make sense of the client's hello: " + end.words() + "."
	f.Proof = append(f.Proof, h.at([]Proof{{Field: "ClientHello", Value: fmt.Sprintf("%d bytes, %d extensions; it can be read to its end", len(h.hello.Raw), len(h.hello.Extensions))}})...)
	f.Cause = "a server that stumbles over an extension it does not know, or a value that the client put there"
	if t, twice := h.hello.DuplicateExtension(); twice {
		f.Culprit, f.Confidence, f.Cause = CulpritClient, Likely, fmt.Sprintf("the extension %s is there twice (RFC 5246, section 7.4.1.4)", t)
	}
	f.Remedies = []Remedy{{Where: "the client", Setting: "leave out extensions, the newest first, until the server takes the hello; that names the one", Safe: true}}
	return f
}

// fallback finds clients that connected with less than they can.
func fallback(s *story) []Finding {
	h := s.first()
	if h == nil || h.hello == nil || h.done == nil && !s.established() {
		return nil
	}
	best := bestVersion(h.hello)
	switch {
	case h.hello.Offers(wire.SuiteFallbackSCSV):
		f := fallenBack(h, Sure)
		f.Sentence = fmt.Sprintf("The client connected with %s, and says itself that it can do better: it fell back.", best)
		f.Proof = h.at([]Proof{{Field: "cipher_suites", Value: "TLS_FALLBACK_SCSV (RFC 7507)", Bytes: []byte{0x56, 0x00}}})
		return []Finding{f}
	case best < wire.VersionTLS12 && slices.ContainsFunc(h.hello.CipherSuites, onlyFromTLS12):
		f := fallenBack(h, Possible)
		f.Sentence = fmt.Sprintf("The client offers %s at most, and suites that only TLS 1.2 has: it may have fallen back.", best)
		i := slices.IndexFunc(h.hello.CipherSuites, onlyFromTLS12)
		f.Proof = h.at([]Proof{{Field: "cipher_suites", Value: h.hello.CipherSuites[i].String()}, {Field: "versions offered", Value: versionsWords(h.hello)}})
		return []Finding{f}
	}
	return nil
}

func fallenBack(h *handshake, sure Confidence) Finding {
	return Finding{
		ID: "version-fallback", Level: Risk, Culprit: CulpritNone, Confidence: sure,
		Cause:  "an earlier attempt failed: a time-out, a middlebox, or somebody on the path who wants the older version",
		Frames: frames(h.helloAt), At: h.helloAt.At,
		Remedies: []Remedy{{Where: "the client", Setting: "find out why its attempt before this one failed", Safe: true}},
		Missing:  []string{"the attempt before; capture from its beginning, with a filter for the client's address"},
	}
}

func onlyFromTLS12(id wire.SuiteID) bool {
	x := suite.ByID(id)
	return x != nil && x.MinVersion == wire.VersionTLS12
}

// weakSuite finds connections under a suite that should not be in use.
func weakSuite(s *story) []Finding {
	h := s.first()
	id, _ := s.cipher()
	why := weakness(id)
	if h == nil || h.done == nil || why == "" {
		return nil
	}
	f := Finding{
		ID: "suite-weak", Level: Risk, Culprit: CulpritNone, Confidence: Sure,
		Sentence: fmt.Sprintf("The connection uses %s: %s.", id, why),
		Cause:    "the client has nothing better, or the server prefers it",
		Frames:   frames(h.serverHelloAt), At: h.doneAt.At,
		Proof:    []Proof{{Frame: h.serverHelloAt.Place.Frame, At: h.serverHelloAt.At, Field: "cipher_suite", Value: id.String(), Bytes: []byte{byte(id >> 8), byte(id)}}},
		Remedies: []Remedy{{Where: "the client", Setting: "a library with AES; until then keep its connections short", Safe: true}},
	}
	if h.hello != nil {
		if better := usable(h.hello, bestVersion(h.hello)); len(better) > 0 {
			f.Cause = fmt.Sprintf("the server chose it, though the client also offers %s", better[0])
			f.Remedies = []Remedy{{Where: "the server", Setting: "turn the weak suite off, or put it last; in Parley: leave it out of --suites, as the default does", Safe: true}}
		}
	}
	return []Finding{f}
}

// weak says what is wrong with suites whose names have a word.
var weak = []struct{ word, why string }{
	{"_NULL_", "it does not encrypt"},
	{"_anon_", "nobody proves who the server is"},
	{"_EXPORT", "its keys are short enough to be found (FREAK, Logjam)"},
	{"_RC4_", "RC4 leaks plaintext; RFC 7465 forbids it"},
	{"_RC2_", "RC2 has short keys"},
	{"_DES_", "DES has keys of 56 bits"},
	{"_3DES_", "3DES has 64-bit blocks and leaks plaintext in long connections (Sweet32)"},
	{"_IDEA_", "IDEA has 64-bit blocks and leaks plaintext in long connections (Sweet32)"},
}

func weakness(id wire.SuiteID) string {
	for _, w := range weak {
		if strings.Contains(id.String(), w.word) {
			return w.why
		}
	}
	return ""
}

// ssl2Hello finds hellos in the format of SSL 2.0.
func ssl2Hello(s *story) []Finding {
	h := s.first()
	if h == nil || h.hello == nil || !h.hello.SSL2Format {
		return nil
	}
	f := Finding{
		ID: "hello-ssl2", Level: Note, Culprit: CulpritNone, Confidence: Sure,
		Sentence: fmt.Sprintf("The client wrapped its first hello in the format of SSL 2.0; it offers %s at most.", bestVersion(h.hello)),
		Cause:    "its library has SSL 2.0 enabled (OpenSSL up to 1.0.1j: SSLv23_client_method with a cipher list that has SSL 2.0 ciphers; Java up to 6: SSLv2Hello)",
		Frames:   frames(h.helloAt), At: h.helloAt.At,
		Proof: h.at([]Proof{{Field: "record header", Value: "of SSL 2.0: two bytes, and a ClientHello behind them"}}),
		Remedies: []Remedy{
			{Where: "the client", Setting: "turn SSL 2.0 off (OpenSSL: SSL_OP_NO_SSLv2; Java: leave SSLv2Hello out of the enabled protocols)", Safe: true},
		},
	}
	end := s.stopAfter(h.helloAt)
	if h.done == nil && !h.answeredAtAll() && end.at.n != 0 {
		f.Level, f.Culprit = Failure, CulpritClient
		f.Sentence = "The client wrapped its first hello in the format of SSL 2.0, and " + end.words() + "."
		f.Frames = frames(h.helloAt, end.at)
		if end.alert != nil {
			f.Proof = append(f.Proof, alertProof(*end.alert))
		}
	}
	return []Finding{f}
}

// malformedHello finds hellos that cannot be read to their end, or are larger
// than Parley reads.
func malformedHello(s *story) []Finding {
	var list []Finding
	for _, h := range s.handshakes {
		end := s.stopAfter(h.helloAt)
		if h.helloAt.n == 0 || h.done != nil {
			continue
		}
		length := h.helloAt.Detail.(trace.MessageDetail).Length
		switch {
		case h.helloFault != "":
			f := s.atHello("hello-malformed", h, end, CulpritClient, Sure)
			f.Sentence = "A ClientHello cannot be read: " + wire.Printable(h.helloFault) + "."
			f.Proof = append(f.Proof, h.at([]Proof{{Field: "ClientHello", Value: wire.Printable(h.helloFault)}})...)
			f.Remedies = []Remedy{{Where: "the client", Setting: "if only clients behind one device send such hellos, suspect that device; else it is the client's fault", Safe: true}}
			list = append(list, f)
		case length > maxHello:
			f := s.atHello("hello-size", h, end, CulpritClient, Likely)
			f.Sentence = fmt.Sprintf("A ClientHello of %d bytes is larger than servers read.", length)
			f.Proof = append(f.Proof, h.at([]Proof{{Field: "ClientHello", Value: fmt.Sprintf("%d bytes", length)}})...)
			f.Remedies = []Remedy{{Where: "the client", Setting: "look for an endless list of extensions or a session of absurd size", Safe: true}}
			list = append(list, f)
		}
	}
	return list
}

// maxHello is what Parley reads of a ClientHello at most.
const maxHello = 64 << 10
