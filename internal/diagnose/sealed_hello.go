package diagnose

import (
	"fmt"
	"slices"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// A sealedView is a sealed second handshake with all that can be reckoned of it.
type sealedView struct {
	*sealedHandshake
	s          *story
	content    span
	reckoned   bool    // content is known
	fits       []guess // of every kind
	stamp      bool    // its record's header has a version that is not the negotiated one
	last       stop
	refused    bool // an alert answered it, and the connection went on
	suite      wire.SuiteID
	negotiated wire.Version
}

// sealedSecondHellos finds what second hellos can be that no key opens, by the
// header and the length of their records and by what followed.
func sealedSecondHellos(s *story) []Finding {
	var list []Finding
	for _, h := range s.sealed {
		v := s.view(h)
		if f, ok := v.finding(); ok {
			list = append(list, f)
		}
	}
	return list
}

func (s *story) view(h *sealedHandshake) sealedView {
	v := sealedView{sealedHandshake: h, s: s}
	v.suite, v.negotiated = s.cipher()
	if h.hello.Negotiated != 0 {
		v.negotiated = h.hello.Negotiated
	}
	if v.negotiated == 0 {
		v.negotiated = s.spoken(h.hello)
	}
	v.stamp = h.hello.Header != v.negotiated && v.negotiated != 0
	v.content, v.reckoned = contentLength(h.hello.Length, v.suite, v.negotiated)
	if v.reckoned {
		v.fits = fitting(guesses(s), v.content)
	}
	v.last = s.stopAfter(h.hello.moment)
	if h.alert != nil {
		from, to := s.dataBetween(h.alert.moment, moment{})
		v.refused = from+to > 0
	}
	return v
}

// spoken is what the headers of other sealed records say, where the handshake
// that negotiated the version was not seen; 0: there are none.
func (s *story) spoken(but record) wire.Version {
	for _, r := range s.records {
		if r.Sealed && r.n != but.n && !r.noRecord() {
			return r.Header
		}
	}
	return 0
}

// fitsKind gives the first guess of a kind that the length agrees with.
func (v sealedView) fitsKind(k renego.Kind) (guess, bool) {
	i := slices.IndexFunc(v.fits, func(g guess) bool { return g.kind == k })
	if i < 0 {
		return guess{}, false
	}
	return v.fits[i], true
}

// failed reports whether the connection ended with the second handshake undone.
// A client that sends data has done with its handshake, one way or the other; and
// where bytes are missing behind the hello, any data may mean that.
func (v sealedView) failed() bool {
	if v.done() || v.refused || v.last.at.n == 0 {
		return false
	}
	from, to := v.s.dataBetween(v.hello.moment, v.last.at)
	return from == 0 && (to == 0 || !v.lost && v.last.alerted())
}

// pending reports whether nothing is known of what became of it.
func (v sealedView) pending() bool {
	from, to := v.s.dataBetween(v.hello.moment, moment{})
	return !v.done() && v.alert == nil && v.last.at.n == 0 && from+to == 0
}

// first reports whether it may be the Finished of the first handshake, of which
// nothing was seen: no data came before, and it is as short.
func (v sealedView) first() bool {
	const finished = 128 // with everything that a suite adds
	from, _ := v.s.dataBetween(moment{}, v.hello.moment)
	return v.blind && v.s.first() == nil && from == 0 && v.hello.Length <= finished
}

func (v sealedView) finding() (Finding, bool) {
	reset, isReset := v.fitsKind(renego.KindReset)
	_, isSecure := v.fitsKind(renego.KindSecure)
	switch {
	case v.done() && isReset && !isSecure:
		return v.served(reset), true
	case v.done():
		return v.renegotiated(isSecure), true
	case v.first():
		return Finding{}, false
	case v.pending() && v.stamp && isReset:
		f := v.reset(reset, Likely)
		f.Level, f.Culprit = Note, CulpritNone
		return f, true
	case !v.failed():
		return Finding{}, false // a refusal, or the capture's end: withoutKeys tells of it
	case v.stamp && isReset && !v.s.oneSided():
		return v.reset(reset, Likely), true
	case v.stamp && v.hello.Header == wire.VersionTLS10:
		return v.reset(guess{kind: renego.KindReset}, Possible), true
	case isReset && !isSecure:
		return v.reset(reset, Possible), true
	case isSecure && !isReset:
		return v.secureFailed(), true
	}
	return v.unknown(), true
}

// renegotiated is a second handshake that ended well.
func (v sealedView) renegotiated(isSecure bool) Finding {
	f := Finding{
		ID: "reneg-secure-hello", Level: Note, Culprit: CulpritNone, Confidence: Possible,
		Sentence: "The client made a second handshake inside the connection, and it ended well; which kind its hello was, only a key can tell.",
		Frames:   frames(v.hello.moment), At: v.hello.At,
		Proof:   []Proof{v.recordProof(), {Frame: v.doneAt.Place.Frame, At: v.doneAt.At, Field: "handshake", Value: "both sides changed their keys"}},
		Missing: []string{v.s.unseen()},
	}
	if isSecure {
		f.Confidence = Likely
		f.Sentence = "The client renegotiated, as RFC 5746 has it by the length of its hello, and the handshake ended well."
		f.Proof = append(f.Proof, v.lengthProof(renego.KindSecure))
	}
	return f
}

// served is the founding case as it looks without a key where the server could
// take it.
func (v sealedView) served(g guess) Finding {
	f := v.renegotiated(false)
	f.ID = "reneg-reset-hello"
	f.Sentence = "The client made a second handshake inside the connection, and it ended well; by the length of its hello it began it as if it were the first, which only a key can make sure."
	f.Cause = causeOfReset
	if v.stamp {
		f.Confidence = Likely
		f.Sentence = "The client began its handshake again inside the connection, by all signs as if it were the first, and was served."
		f.Proof = append(f.Proof, v.stampProof())
	}
	f.Proof = append(f.Proof, v.lengthProof(renego.KindReset))
	f.Remedies = []Remedy{clientRenegotiates}
	return f
}

func (v sealedView) stampProof() Proof {
	return Proof{
		Frame: v.hello.Place.Frame, At: v.hello.At, Field: "record header version",
		Value: headerWords(v.hello.Header, v.negotiated) + ": only a hello that its sender takes for a first one says this", Bytes: versionBytes(v.hello.Header),
	}
}

// reset is the founding case as it looks without a key.
func (v sealedView) reset(g guess, sure Confidence) Finding {
	f := v.failure("reneg-reset-hello", CulpritClient, sure)
	f.Cause = causeOfReset
	f.Sentence = "The client began its handshake again inside the connection, by all signs as if it were the first, and " + v.last.words() + "."
	if sure == Possible {
		f.Sentence = "A second handshake inside the connection failed: " + v.last.words() + ". Which kind of hello it was, only a key can tell; what can be seen fits one that the client sent as if it were its first."
	}
	if v.stamp {
		f.Proof = append(f.Proof, v.stampProof())
	}
	if g.length > 0 {
		f.Proof = append(f.Proof, v.lengthProof(renego.KindReset))
	}
	f.Proof = append(f.Proof, v.alertProof()...)
	f.RuledOut = v.ruledOut()
	if why, ok := v.notSecure(g); ok {
		f.RuledOut = append(f.RuledOut, RuledOut{"a renegotiation as RFC 5746 has it", why})
	}
	f.Others = othersToResetOn(v.negotiated)
	f.Remedies = []Remedy{resetUnopened(g, sure), clientRenegotiates}
	return f
}

// resetUnopened is what Parley has for a hello that could not be read. What is only
// possible is no reason to give up a proof.
func resetUnopened(g guess, sure Confidence) Remedy {
	switch {
	case g.length > 0 && g.offers != "":
		return resetMayBeAccepted
	case g.length > 0 && sure != Possible:
		return resetAcceptedFull
	}
	return resetUnread
}

// notSecure says why the hello cannot be a renegotiation as RFC 5746 has it: no
// session that the client could offer with it makes its length.
func (v sealedView) notSecure(g guess) (why string, ok bool) {
	if _, fits := v.fitsKind(renego.KindSecure); fits || g.length == 0 {
		return "", false
	}
	_, delta := likeFirst(v.s.first().hello)
	return fmt.Sprintf("with renegotiation_info the hello would have %d bytes, and its record holds %s", g.length+delta, v.content), true
}

// secureFailed is a hello of the length that RFC 5746 gives it, and no success.
func (v sealedView) secureFailed() Finding {
	f := v.failure("reneg-secure-hello", whoever(v.outcome()), Possible)
	if v.content.exact() {
		f.Confidence = Likely
	}
	f.Sentence = "The client renegotiated, as RFC 5746 has it by the length of its hello, and " + v.last.words() + "."
	f.Proof = append(f.Proof, v.recordProof(), v.lengthProof(renego.KindSecure))
	f.Proof = append(f.Proof, v.alertProof()...)
	f.RuledOut = v.ruledOut()
	f.Others = othersToSecure
	f.Remedies = remediesForSecure(v.s, nil, outcomeAborted)
	return f
}

// unknown is a second handshake that failed, of no kind that its looks name.
func (v sealedView) unknown() Finding {
	f := v.failure("capture-no-keys", CulpritUnknown, Sure)
	f.Sentence = "A second handshake inside the connection failed: " + v.last.words() + ". Why, only a key can tell."
	f.Proof = append(f.Proof, v.recordProof())
	f.Proof = append(f.Proof, v.alertProof()...)
	f.RuledOut = v.ruledOut()
	f.Remedies = []Remedy{{Where: "the capture", Setting: v.s.howToOpen(), Safe: true}}
	return f
}

func (v sealedView) failure(id string, who Culprit, sure Confidence) Finding {
	last := v.last.at
	return Finding{
		ID: id, Level: Failure, Culprit: who, Confidence: sure,
		Frames: frames(v.hello.moment, last), At: v.hello.At, Missing: []string{v.s.unseen()},
	}
}

func (v sealedView) outcome() outcome {
	switch {
	case !v.last.alerted():
		return outcomeCut
	case v.last.by == trace.Server:
		return outcomeAborted
	}
	return outcomeGivenUp
}

func (v sealedView) recordProof() Proof {
	return Proof{
		Frame: v.hello.Place.Frame, At: v.hello.At, Field: "handshake record",
		Value: fmt.Sprintf("a sealed record of type handshake from the client, %d bytes, while no handshake was under way", v.hello.Length),
	}
}

// lengthProof says which hello the record's length is that of.
func (v sealedView) lengthProof(k renego.Kind) Proof {
	g, _ := v.fitsKind(k)
	is := "the first hello"
	if g.offers != "" {
		is += " with " + g.offers
	}
	if k == renego.KindSecure {
		is += " and renegotiation_info"
	}
	return Proof{
		Frame: v.hello.Place.Frame, At: v.hello.At, Field: "record length",
		Value: fmt.Sprintf("%d bytes, which under %s hold %s; %s has %d", v.hello.Length, v.suite, v.content, is, g.length),
	}
}

func (v sealedView) alertProof() []Proof {
	switch {
	case v.last.alert != nil:
		return []Proof{alertProof(*v.last.alert)}
	case v.last.sealed != nil:
		r := v.last.sealed
		return []Proof{{Frame: r.Place.Frame, At: r.At, Field: "alert", Value: fmt.Sprintf("a sealed alert from the %s, right after it", r.From)}}
	}
	return nil
}

func (v sealedView) ruledOut() []RuledOut {
	var list []RuledOut
	if why, ok := v.s.notAsked(v.hello.moment); ok {
		list = append(list, RuledOut{"the server asked for it", why})
	}
	if why, ok := v.s.notCrossed(v.hello.moment, v.last); ok {
		list = append(list, RuledOut{"application data crossed the hello", why})
	}
	return append(list, RuledOut{"a new TLS object on the old connection (reneg-restart-hello)", "the record is no ClientHello in clear"})
}

// unseen says what is missing where records stayed sealed.
func (s *story) unseen() string { return "what the sealed records say: " + s.howToOpen() }

// howToOpen says how to see what stayed sealed.
func (s *story) howToOpen() string {
	const logged = "log the keys (parley serve --key-log FILE; or SSLKEYLOGFILE, where the client's program knows it) and give the file as --keylog"
	id, v := s.cipher()
	if id == 0 && v < wire.VersionTLS13 {
		return logged + ". The server's private key (--key) opens it only if the suite has an RSA key exchange, and which suite it is was not seen"
	}
	if v >= wire.VersionTLS13 || keyExchange(id) != "RSA" {
		return fmt.Sprintf("%s. The server's private key does not open %s; for a capture that it opens, let the server choose an RSA key exchange meanwhile, such as TLS_RSA_WITH_AES_128_CBC_SHA (OpenSSL: AES128-SHA)",
			logged, keyExchangeWords(id, v))
	}
	return "give the server's private key as --key, which opens all but resumed sessions; or " + logged
}

func keyExchangeWords(id wire.SuiteID, v wire.Version) string {
	if v >= wire.VersionTLS13 {
		return "TLS 1.3"
	}
	if kx := keyExchange(id); kx != "" {
		return kx
	}
	return "the key exchange of this suite"
}
