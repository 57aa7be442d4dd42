package renego

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"slices"

	"github.com/parley-tls/parley/internal/wire"
)

// A Connection is what a second hello is judged against: the connection that it
// arrived in, as the last completed handshake left it.
type Connection struct {
	Version          wire.Version
	First            *wire.ClientHello // the hello that began the stream
	ClientVerifyData []byte            // of the last completed handshake
	Session          SessionInUse
}

// A SessionInUse is the session that the epoch in use was made from or resumed.
type SessionInUse struct {
	ID      []byte     // the session id given or resumed; empty: none
	Tickets [][32]byte // SHA-256 of each ticket given in, or offered and resumed by, this connection
	Suite   wire.SuiteID
	// ExtendedMasterSecret binds the session to its handshake (RFC 7627).
	ExtendedMasterSecret bool
}

// A Verdict is what Classify found.
type Verdict struct {
	Kind  Kind
	Proof []string // the facts that decide the kind, in the RFC's words
	// Resumes: the hello offers the session in use in a way that lets the server
	// resume it. WhyNotResumed says what is missing.
	Resumes       bool
	WhyNotResumed string
	// LikeFirst: apart from its session and random, the hello equals the first.
	// Unlike says what differs.
	LikeFirst bool
	Unlike    string
	SSL30     bool
	// FirstSignalled: the first hello said that its client knows RFC 5746.
	FirstSignalled bool
}

func (v Verdict) abortReason() string {
	if v.Kind == KindForged {
		return "the second hello is forged: " + v.Proof[len(v.Proof)-1]
	}
	return "a " + v.Kind.String() + " hello is aborted by this server's settings"
}

// Classify names a second hello. inside says that its record opened under the
// keys in use; where it did not, the hello must be whole and in clear.
func Classify(c Connection, hello *wire.ClientHello, inside bool) Verdict {
	v := Verdict{SSL30: c.Version == wire.VersionSSL30, FirstSignalled: signals(c.First)}
	v.Kind, v.Proof = kind(c, hello, inside)
	v.WhyNotResumed = resumes(c, hello)
	v.Resumes = v.WhyNotResumed == ""
	v.Unlike = unlike(c.First, hello)
	v.LikeFirst = v.Unlike == ""
	return v
}

func kind(c Connection, hello *wire.ClientHello, inside bool) (Kind, []string) {
	if !inside {
		return KindRestart, []string{"the record does not open under the keys in use", "it is one whole ClientHello in clear"}
	}
	proof := []string{"decrypted ClientHello"}
	info, present, err := hello.RenegotiationInfo()
	scsv := hello.OffersSCSV()
	switch {
	case err != nil:
		return KindForged, append(proof, "renegotiation_info is malformed")
	case present && !equalBinding(info, c.ClientVerifyData):
		return KindForged, append(proof, fmt.Sprintf("renegotiation_info (%d bytes) does not match this connection", len(info)))
	case present && scsv:
		// RFC 5746, section 3.7: the SCSV must not stand in a renegotiation.
		return KindForged, append(proof, "renegotiation_info equals the client's verify_data", "TLS_EMPTY_RENEGOTIATION_INFO_SCSV beside renegotiation_info")
	case present:
		return KindSecure, append(proof, "renegotiation_info equals the client's verify_data")
	case hello.OffersVersion(wire.VersionTLS13):
		// GnuTLS offers it again in a renegotiation as RFC 5746 has it, where
		// nothing is amiss. Without a binding no client of ours does.
		return KindForged, append(proof, "no renegotiation_info", "it offers TLS 1.3")
	case scsv && !signals(c.First):
		return KindForged, append(proof, "no renegotiation_info", "TLS_EMPTY_RENEGOTIATION_INFO_SCSV, though the first hello signalled nothing")
	case scsv:
		return KindReset, append(proof, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV", "no renegotiation_info")
	default:
		return KindBare, append(proof, "no TLS_EMPTY_RENEGOTIATION_INFO_SCSV", "no renegotiation_info")
	}
}

// equalBinding compares whole and with its length; an empty binding, as before
// any Finished, equals nothing.
func equalBinding(info, verifyData []byte) bool {
	return len(verifyData) > 0 && subtle.ConstantTimeCompare(info, verifyData) == 1
}

// signals reports whether a first hello says that its client knows RFC 5746.
func signals(hello *wire.ClientHello) bool {
	if hello == nil {
		return false
	}
	_, present, _ := hello.RenegotiationInfo()
	return present || hello.OffersSCSV()
}

// resumes says why the hello cannot resume the session in use; empty: it can.
func resumes(c Connection, hello *wire.ClientHello) string {
	ticket, hasTicket := hello.SessionTicket()
	byTicket := hasTicket && len(ticket) > 0
	switch {
	case byTicket && !slices.Contains(c.Session.Tickets, sha256.Sum256(ticket)):
		return "the ticket offered is not this connection's"
	case !byTicket && len(hello.SessionID) == 0:
		return "no session is offered"
	case !byTicket && !bytes.Equal(hello.SessionID, c.Session.ID):
		return "the session offered is not this connection's"
	case !hello.OffersVersion(c.Version):
		return "it does not offer " + c.Version.String()
	case !hello.Offers(c.Session.Suite):
		return "it does not offer the session's " + c.Session.Suite.String()
	case hello.ExtendedMasterSecret() != c.Session.ExtendedMasterSecret:
		// RFC 7627, section 5.3 forbids the abbreviated handshake both ways.
		return "it does not agree with the session about extended_master_secret"
	}
	return ""
}

// unlike says in what a hello differs from the first, its session apart.
func unlike(first, hello *wire.ClientHello) string {
	switch {
	case first == nil:
		return "there is no first hello to compare with"
	case hello.Version != first.Version:
		return "client_version differs"
	case !slices.Equal(hello.CipherSuites, first.CipherSuites):
		return "cipher_suites differ"
	case !bytes.Equal(hello.CompressionMethods, first.CompressionMethods):
		return "compression_methods differ"
	case !slices.EqualFunc(lasting(hello), lasting(first), equalExtension):
		return "extensions differ"
	}
	return ""
}

// lasting gives the extensions that a client repeats unchanged.
func lasting(hello *wire.ClientHello) []wire.Extension {
	return slices.DeleteFunc(slices.Clone(hello.Extensions), func(e wire.Extension) bool {
		return e.Type == wire.ExtensionSessionTicket
	})
}

func equalExtension(a, b wire.Extension) bool {
	return a.Type == b.Type && bytes.Equal(a.Data, b.Data)
}
