package diagnose

import (
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/wire"
)

// A kindWords is what is to be said of one kind of second hello.
type kindWords struct {
	sentence string // its end tells the outcome
	cause    string
	culprit  func(outcome) Culprit
	others   func(*story) []Other
	remedies func(*story, *handshake, outcome) []Remedy
}

var kinds = map[renego.Kind]kindWords{
	renego.KindSecure: {
		sentence: "The client renegotiated as RFC 5746 has it",
		culprit:  whoever,
		others:   always(othersToSecure), remedies: remediesForSecure,
	},
	renego.KindReset: {
		sentence: "The client began its handshake again inside the connection, as if it were the first",
		cause:    causeOfReset,
		culprit:  theClient, others: othersToReset, remedies: remediesForReset,
	},
	renego.KindForged: {
		sentence: "The client sent a second hello that contradicts the connection it came in",
		cause:    "an attack that splices somebody's handshake into this connection looks like this; so does a client that confuses two of its connections",
		culprit:  theClient, others: always(othersToForged), remedies: remediesForForged,
	},
	renego.KindBare: {
		sentence: "The client renegotiated as clients did before RFC 5746, with nothing that names the connection",
		cause:    "its TLS library is from before 2010, or has RFC 5746 turned off",
		culprit:  theClient, others: always(othersToBare), remedies: remediesForBare,
	},
	renego.KindRestart: {
		sentence: "The client began again in clear on the same TCP connection, as if nothing had been negotiated",
		cause:    "the application lost or cleared its TLS state (a new TLS object, SSL_clear or SSL_set_connect_state) and kept the socket, most often after an error or a time-out",
		culprit:  theClient, others: always(othersToRestart), remedies: remediesForRestart,
	},
}

const causeOfReset = "the application set its TLS object back to its beginning (in OpenSSL: SSL_set_state, or ssl->state) and ran the handshake again, instead of calling the library's function for renegotiation; the connection's keys stayed in use, so that the hello is protected by them and yet says what only a first one says"

func theClient(outcome) Culprit { return CulpritClient }

// whoever ended a renegotiation that had nothing wrong in it is the culprit.
func whoever(what outcome) Culprit {
	switch what {
	case outcomeAborted:
		return CulpritServer
	case outcomeGivenUp:
		return CulpritClient
	}
	return CulpritUnknown
}

func always(list []Other) func(*story) []Other { return func(*story) []Other { return list } }

// othersToReset tells what was measured with OpenSSL 1.0.1j and 3.0, GnuTLS 3.7,
// NSS, Mbed TLS and Java, and what Go's crypto/tls does by its source.
func othersToReset(s *story) []Other { return othersToResetOn(s.version()) }

// othersToResetOn tells it for a version; 0: it is not known, and with it what
// OpenSSL and Go answer.
func othersToResetOn(v wire.Version) []Other {
	like := []Other{
		{"nginx, HAProxy", "as the OpenSSL that they run on; and they refuse every renegotiation that a client begins"},
		{"GnuTLS, NSS, Mbed TLS, Java", "they refuse it even in their unsafe modes, since the client signalled RFC 5746 at first"},
	}
	switch {
	case v == 0:
		return like
	case v > wire.VersionTLS10:
		return []Other{
			{"OpenSSL 1.0.1 to 3.0", `fatal protocol_version (70), "wrong version number": it looks at the record's header before it decrypts`},
			like[0],
			{"Go crypto/tls", "fatal protocol_version (70); it serves no renegotiation at all"},
			like[1],
		}
	}
	return []Other{
		{"OpenSSL 1.0.1 to 1.1.1", `fatal handshake_failure (40), "scsv received when renegotiating"`},
		{"OpenSSL 3", "warning no_renegotiation (100); with SSL_OP_ALLOW_CLIENT_RENEGOTIATION, as those before it"},
		like[0],
		{"Go crypto/tls", "fatal unexpected_message (10); it serves no renegotiation at all"},
		like[1],
	}
}

var othersToSecure = []Other{
	{"OpenSSL up to 1.1.1, GnuTLS", "accept it"},
	{"OpenSSL 3", "refuses it unless SSL_OP_ALLOW_CLIENT_RENEGOTIATION is set"},
	{"nginx, HAProxy, Go crypto/tls", "never accept it"},
}

var othersToBare = []Other{
	{"OpenSSL", "warning no_renegotiation, unless SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION joins whatever comes"},
	{"nginx, HAProxy, Go crypto/tls", "refuse every renegotiation"},
}

var othersToForged = []Other{{"every server that knows RFC 5746", "ends the connection too"}}

var othersToRestart = []Other{
	{"OpenSSL", `ends the connection: "wrong version number" or bad_record_mac, as the record does not open under the keys in use`},
	{"every other", "ends the connection: to it the record is damaged"},
}

func remediesForSecure(_ *story, _ *handshake, what outcome) []Remedy {
	list := []Remedy{{Where: "Parley", Setting: "nothing to set: --secure accept is the default", Safe: true}}
	if levels[what] == Failure {
		list = append(list, Remedy{Where: "a server on OpenSSL 3", Setting: "SSL_OP_ALLOW_CLIENT_RENEGOTIATION", Safe: true, Cost: "clients can make the server work (CVE-2011-1473)"})
	}
	return list
}

var clientRenegotiates = Remedy{
	Where: "the client", Setting: "call the library's function for renegotiation, in OpenSSL SSL_renegotiate(ssl) and then SSL_do_handshake(ssl), instead of setting the SSL object's state back", Safe: true,
}

func remediesForReset(s *story, h *handshake, what outcome) []Remedy {
	switch {
	case resumable(s, h):
		return []Remedy{resetAccepted, clientRenegotiates}
	case s.gapBefore(h.secondAt):
		return []Remedy{resetNotCompared, clientRenegotiates} // the session may stand in what is missing
	}
	return []Remedy{resetAcceptedFull, clientRenegotiates}
}

var (
	resetAccepted = Remedy{
		Where: "Parley", Setting: "nothing to set: --reset accept is the default, and accepts the hello because it resumes the session of this very connection", Safe: true,
	}
	// resetMayBeAccepted is for a hello that could not be read.
	resetMayBeAccepted = Remedy{
		Where: "Parley", Setting: "nothing to set: --reset accept is the default, and accepts the hello if it resumes the session of this very connection, as by its length it offers", Safe: true,
	}
	// resetUnread is for one of which even the length says nothing.
	resetUnread = Remedy{
		Where: "Parley", Setting: "nothing to set: --reset accept is the default, and accepts the hello if it resumes the session of this very connection; whether it does, only a key can tell", Safe: true,
	}
	resetNotCompared = Remedy{
		Where: "Parley", Setting: "nothing to set: --reset accept is the default, and accepts the hello if it resumes the session of this very connection; whether it does, this capture does not tell, since bytes are missing", Safe: true,
	}
	resetAcceptedFull = Remedy{
		Where:   "Parley",
		Setting: "--reset accept-full --trust-from NETWORK --trust-until DATE, for clients that you can name and cannot change: this hello does not resume the session in use",
		Cost:    "nothing binds the handshake to the connection but the client's check of the reply: a client that does not check can be spliced (CVE-2009-3555)",
	}
)

// resumable reports whether the hello offers the session in use, or would if a
// server like Parley had given it one.
func resumable(s *story, h *handshake) bool {
	if h.second.Resumes {
		return true
	}
	before := s.epochBefore(h)
	if before == nil || before.serverHello == nil || s.c.Live {
		return false
	}
	return before.ticketLength == 0 && len(before.serverHello.SessionID) == 0
}

func remediesForBare(_ *story, h *handshake, _ outcome) []Remedy {
	list := []Remedy{{Where: "the client", Setting: "a TLS library from 2010 or later, which knows RFC 5746", Safe: true}}
	if h.second.Resumes {
		return append([]Remedy{{Where: "Parley", Setting: "--bare resumed: it accepts the hello because it resumes the session of this very connection", Safe: true}}, list...)
	}
	return append(list, Remedy{
		Where: "Parley", Setting: "--bare isolate --trust-from NETWORK, if the client's protocol begins anew after each handshake",
		Cost: "what follows is another connection for the backend",
	})
}

func remediesForForged(*story, *handshake, outcome) []Remedy {
	return []Remedy{{Where: "the client", Setting: "if it is your own, look at how it keeps verify_data of several connections apart; no server has a setting that accepts this", Safe: true}}
}

func remediesForRestart(*story, *handshake, outcome) []Remedy {
	return []Remedy{
		{Where: "the client", Setting: "close the TCP connection and open another before beginning again", Safe: true},
		{
			Where: "Parley", Setting: "--restart isolate, if the client's protocol begins anew after each handshake",
			Cost: "anyone on the path can send such a hello and so end the stream; the backend sees a reset and a new connection",
		},
	}
}
