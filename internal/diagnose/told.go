package diagnose

import (
	"strings"

	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// toldByServer repeats what a live server said of its own failures. It knows
// better than anyone who only looks on.
func toldByServer(s *story) []Finding {
	var list []Finding
	seen := map[string]bool{}
	for _, f := range s.failures {
		if seen[f.Finding] || isKind(f.Finding) && s.hasSecond() {
			continue // secondHellos tells it with more
		}
		seen[f.Finding] = true
		list = append(list, told(s, f))
	}
	return list
}

func isKind(id string) bool {
	return strings.HasPrefix(id, "reneg-") && strings.HasSuffix(id, "-hello")
}

func (s *story) hasSecond() bool {
	for _, h := range s.handshakes {
		if h.second != nil {
			return true
		}
	}
	return false
}

// A usual is what is said of an id when a server names it.
type usual struct {
	level    Level // empty: failure
	culprit  Culprit
	sentence string
	remedy   Remedy
}

func inClient(setting string) Remedy {
	return Remedy{Where: "the client", Setting: setting, Safe: true}
}

func inParley(setting string) Remedy {
	return Remedy{Where: "Parley", Setting: setting, Safe: true}
}

// usuals are the ids that the engine and the library give.
var usuals = map[string]usual{
	"reneg-secure-hello":      {culprit: CulpritUnknown, sentence: "The client renegotiated, and its handshake failed", remedy: inClient("see the reason")},
	"reneg-forged-hello":      {culprit: CulpritClient, sentence: "A hello has a renegotiation_info that does not belong to its connection", remedy: inClient("look at how it keeps verify_data of several connections apart; there is no setting")},
	"reneg-refused":           {culprit: CulpritClient, sentence: "A second hello was refused with no_renegotiation, and the client did not go on", remedy: inParley("an answer that serves this kind of hello, such as --bare resumed")},
	"reneg-insisted":          {culprit: CulpritClient, sentence: "The client asked for a renegotiation again and again", remedy: inParley("an answer that serves this kind of hello, such as --bare resumed")},
	"reneg-ration":            {culprit: CulpritClient, sentence: "The client or its address asked for more handshakes than its ration", remedy: inParley("--ration-source, if a whole fleet comes from this address")},
	"reneg-identity-changed":  {culprit: CulpritClient, sentence: "A renegotiation would have changed who the client is", remedy: inClient("connect anew to use another certificate")},
	"reneg-version-changed":   {culprit: CulpritClient, sentence: "A second hello wanted another protocol version", remedy: inClient("open a new connection to change the version")},
	"version-none-shared":     {culprit: CulpritUnknown, sentence: "Client and server have no protocol version in common", remedy: inParley("--min-version 1.0, which is the default and the lowest")},
	"fallback-scsv-refused":   {culprit: CulpritClient, sentence: "The client said that it was falling back, and the server has better", remedy: inClient("find out why its attempt before this one failed")},
	"suite-none-shared":       {culprit: CulpritUnknown, sentence: "Client and server have no cipher suite in common", remedy: inParley("--suites default,SUITE, with one that the client offers; or a certificate of the other kind of key")},
	"curve-none-shared":       {culprit: CulpritUnknown, sentence: "Client and server have no curve in common, and nothing else fits", remedy: inClient("turn on secp256r1 (P-256)")},
	"signature-none-shared":   {culprit: CulpritUnknown, sentence: "The client cannot verify any signature that the certificate's key can make", remedy: inParley("a certificate with an RSA key of 2048 bits")},
	"cert-unknown-ca":         {culprit: CulpritUnknown, sentence: "The client does not know who issued the certificate", remedy: inParley("the intermediate certificates behind the server's own in the file of --cert")},
	"cert-expired":            {culprit: CulpritUnknown, sentence: "The client says that the certificate has expired", remedy: inParley("a certificate that is valid; or the client's clock is wrong")},
	"cert-refused":            {culprit: CulpritUnknown, sentence: "The client refused the certificate", remedy: inParley("a certificate of RSA 2048 with the name that the client calls")},
	"client-cert-missing":     {culprit: CulpritClient, sentence: "A client certificate is required and the client has none to give", remedy: inParley("--client-auth request, if certificates are a wish and not a must")},
	"client-cert-refused":     {culprit: CulpritClient, sentence: "The client's certificate was not accepted", remedy: inParley("--client-ca with the client's issuer, if it is one to trust")},
	"client-cert-revoked":     {culprit: CulpritClient, sentence: "The client's certificate, or its issuer's, was revoked", remedy: inClient("give it a new certificate, if it is still to be served")},
	"client-cert-unchecked":   {culprit: CulpritServer, sentence: "Nobody can say whether the client's certificate was revoked, so it was not accepted", remedy: inParley("--client-crl with the present list of its issuer")},
	"client-cert-not-allowed": {culprit: CulpritClient, sentence: "The client's certificate is valid, and the client is none of those that are served", remedy: inParley("--client-allow with one of its names, if it belongs here")},
	"record-version":          {culprit: CulpritClient, sentence: "A record's header has a version that does not belong there", remedy: inClient("a library that puts the negotiated version into each header")},
	"record-mac":              {culprit: CulpritUnknown, sentence: "A record did not open under the keys in use", remedy: inClient("see whether only clients behind one device show it")},
	"record-unknown-type":     {culprit: CulpritClient, sentence: "A record has a type that TLS does not have, or not here", remedy: inClient("look for something that writes to the socket beside TLS")},
	"hello-size":              {culprit: CulpritClient, sentence: "A ClientHello is larger than Parley reads", remedy: inClient("look for an endless list of extensions or a session of absurd size")},
	"hello-ssl2":              {culprit: CulpritClient, sentence: "The first hello came in the format of SSL 2.0", remedy: inClient("turn SSL 2.0 off (OpenSSL: SSL_OP_NO_SSLv2)")},
	"hello-malformed":         {culprit: CulpritClient, sentence: "A ClientHello could not be read", remedy: inClient("capture one such hello; if only clients behind one device show it, suspect the device")},
	"alert-in-clear":          {culprit: CulpritClient, sentence: "The client sent an alert in clear on a connection that has keys", remedy: inClient("look at what it does after an error")},
	"not-tls-http":            {culprit: CulpritClient, sentence: "The client spoke HTTP without TLS to the TLS port", remedy: inClient("https:// in the address")},
	"not-tls":                 {culprit: CulpritClient, sentence: "What came first is not TLS", remedy: inClient("check its address and port")},
	"truncated":               {level: Note, sentence: "The TCP connection ended without close_notify"},
	"tcp-reset":               {culprit: CulpritUnknown, sentence: "The TCP connection was reset", remedy: inClient("read its log at this moment; after a long silence suspect a firewall")},
	"handshake-timeout":       {culprit: CulpritUnknown, sentence: "The handshake was not done in time", remedy: inParley("--handshake-timeout, for clients that are merely slow")},
	"handshake-crowded":       {culprit: CulpritUnknown, sentence: "The client was slow in its first handshake while others waited for its place", remedy: inParley("--handshakes-per-source against a flood, --max-handshakes for a fleet")},
	"handshake-abandoned":     {culprit: CulpritClient, sentence: "The client went away in the middle of the handshake", remedy: inClient("read its log at this moment; often it does not accept the certificate")},
	"key-oracle-probe":        {level: Risk, sentence: "An RSA ciphertext does not open to a premaster secret", remedy: inParley("--suites with ECDHE suites only, if every client has them")},
	"reneg-reset-hello":       {culprit: CulpritClient, sentence: "The client began its handshake again inside the connection", remedy: clientRenegotiates},
	"reneg-bare-hello":        {culprit: CulpritClient, sentence: "A client from before RFC 5746 renegotiated", remedy: inParley("--bare resumed")},
	"reneg-restart-hello":     {culprit: CulpritClient, sentence: "The client began again in clear on the same TCP connection", remedy: inClient("close the TCP connection before beginning again")},
}

func told(s *story, why failure) Finding {
	u, known := usuals[why.Finding]
	if !known {
		u = usual{culprit: CulpritUnknown, sentence: "The server ended the connection", remedy: inClient("see the reason")}
	}
	f := Finding{
		ID: why.Finding, Level: u.level, Culprit: u.culprit, Confidence: Sure,
		Sentence: u.sentence + ".", Frames: frames(why.moment), At: why.At,
		Proof: []Proof{{Frame: why.Place.Frame, At: why.At, Field: "the server's reason", Value: wire.Printable(why.Reason)}},
	}
	if why.Reason != "" {
		f.Sentence = withReason(u.sentence, wire.Printable(why.Reason)) + "."
	}
	if f.Level == "" {
		f.Level = Failure
	} else {
		f.Culprit = CulpritNone
	}
	if u.remedy.Setting != "" {
		f.Remedies = []Remedy{u.remedy}
	}
	if a := s.lastAlert(why.moment); a != nil && f.Level == Failure {
		f.Proof = append(f.Proof, alertProof(*a))
	}
	return f
}

// withReason adds a reason to a sentence, or has it in the sentence's place where it
// says the same.
func withReason(sentence, reason string) string {
	same, lower := strings.ToLower(sentence), strings.ToLower(reason)
	if strings.HasPrefix(lower, same) || strings.HasSuffix(lower, strings.TrimPrefix(same, "the ")) {
		return strings.ToUpper(reason[:1]) + reason[1:]
	}
	return sentence + ": " + reason
}

// lastAlert is the last alert before e, with which the server told the client.
func (s *story) lastAlert(e moment) *alert {
	for i := len(s.alerts) - 1; i >= 0; i-- {
		if a := &s.alerts[i]; !a.after(e) && a.From != trace.Nobody {
			return a
		}
	}
	return nil
}

// unnamedFailure finds first handshakes that failed for a reason which has no
// name, as those of TLS 1.3, which crypto/tls serves.
func unnamedFailure(s *story) []Finding {
	first := s.first()
	if len(s.unnamed) == 0 || first == nil || first.done != nil {
		return nil
	}
	why := s.unnamed[0]
	f := Finding{
		ID: "handshake-abandoned", Level: Failure, Culprit: CulpritUnknown, Confidence: Sure,
		Sentence: "The handshake failed: " + wire.Printable(why.Reason) + ".",
		Frames:   frames(why.moment), At: why.At,
		Proof:    []Proof{{Frame: why.Place.Frame, At: why.At, Field: "the server's reason", Value: wire.Printable(why.Reason)}},
		Remedies: []Remedy{inClient("read its log at this moment")},
	}
	if first.hello != nil && first.hello.OffersVersion(wire.VersionTLS13) && strings.Contains(why.Reason, "bad record MAC") {
		alertInPlain(&f)
	}
	return []Finding{f}
}

// alertInPlain: measured, an OpenSSL client that does not take the certificate in
// TLS 1.3 sends its alert in clear, where the server waits for records under
// keys.
func alertInPlain(f *Finding) {
	f.ID, f.Confidence = "cert-refused", Possible
	f.Sentence = "The client's answer in TLS 1.3 could not be read, as when it refuses the certificate."
	f.Cause = "OpenSSL sends the alert with which it refuses a certificate in clear, where the server waits for records under keys"
	f.Missing = []string{"which alert it was; the client's own log says it, or the same with TLS 1.2 (--max-version 1.2)"}
	f.Remedies = []Remedy{inParley("--cert and --key, with a certificate that the client knows, for the name that it calls")}
}
