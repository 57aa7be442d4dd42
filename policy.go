package parley

import "github.com/parley-tls/parley/internal/renego"

// A Policy says how second hellos are answered: which Answer each kind has, what
// a renegotiation may do to the client's identity, and how much renegotiation a
// connection and an address may cause. The zero value is safe: secure is
// accepted, reset is accepted only bound by session, bare is refused, restart
// aborted. An answer that a kind does not have is an error of Listen. The fields:
//
//	Secure, Reset, Bare, Restart Answer         // forged has none: it is aborted
//	Strict                       bool           // only secure is ever accepted, whatever the answers say
//	IdentityChange               IdentityChange // zero: IdentityMayAppear
//	Ration                       Ration         // zero: its defaults
//
// A fleet behind one address needs a larger Policy.Ration.Source; ForClient may
// give such a Config to that address alone.
type Policy = renego.Policy

// A Kind says what a second ClientHello is.
type Kind = renego.Kind

// The kinds of second hello. Zero stands for a first one.
const (
	KindSecure  = renego.KindSecure  // renegotiation_info names the connection: RFC 5746
	KindReset   = renego.KindReset   // looks like a first hello of a client that knows RFC 5746
	KindForged  = renego.KindForged  // claims what no honest client would
	KindBare    = renego.KindBare    // from a client older than RFC 5746
	KindRestart = renego.KindRestart // in clear: the client forgot its keys
)

// An Answer is what the server does with a second hello.
type Answer = renego.Answer

// The answers.
const (
	AnswerDefault    = renego.AnswerDefault    // the kind's default
	AnswerAccept     = renego.AnswerAccept     // handshake; the stream goes on
	AnswerAcceptFull = renego.AnswerAcceptFull // reset only: also a full handshake, which the reply alone binds
	AnswerResumed    = renego.AnswerResumed    // bare only: accept what resumes the session in use
	AnswerRefuse     = renego.AnswerRefuse     // warning no_renegotiation; the connection lives on
	AnswerAbort      = renego.AnswerAbort      // fatal alert
	AnswerIsolate    = renego.AnswerIsolate    // bare and restart: what follows is another connection
	AnswerTrust      = renego.AnswerTrust      // bare only: accept with nothing that binds it
)

// An IdentityChange says what a renegotiation may do to the client's identity. In
// a handshake on TermsTrusted nothing changes, whatever it says.
type IdentityChange = renego.IdentityChange

// What may become of an identity.
const (
	IdentityMayAppear = renego.IdentityMayAppear // a certificate may appear where there was none and the epoch is firm: a full handshake, or RFC 7627
	IdentityFixed     = renego.IdentityFixed     // nothing changes
	IdentityMayChange = renego.IdentityMayChange // also another certificate, if VerifyConnection agrees
)

// A Ration limits what renegotiation may cost: points that a connection and a
// source (an IPv4 address, an IPv6 /64) have and regain in a second. A full
// handshake costs 20 points, an abbreviated or refused one 1, an aborted or first
// one nothing. Over it a hello waits. A zero stands for the default:
//
//	Connection, ConnectionPerSecond int // 200, 20
//	Source, SourcePerSecond         int // 4,000, 400
type Ration = renego.Ration

// Terms are the conditions a handshake ran under.
type Terms = renego.Terms

// The terms.
const (
	TermsInitial  = renego.TermsInitial  // the first hello of a connection
	TermsSecure   = renego.TermsSecure   // RFC 5746
	TermsBound    = renego.TermsBound    // a reset hello, bound by session
	TermsResumed  = renego.TermsResumed  // a bare hello, bound by session
	TermsIsolated = renego.TermsIsolated // the first of the second half
	TermsTrusted  = renego.TermsTrusted  // nothing bound it
)
