package fields

import (
	"fmt"

	"github.com/parley-tls/parley/internal/wire"
)

func version(v int) string { return coded(wire.Version(v).String(), v, 4) }

func suiteName(v int) string {
	name := coded(wire.SuiteID(v).String(), v, 4)
	switch id := wire.SuiteID(v); {
	case id.IsGREASE():
		return fmt.Sprintf("GREASE (0x%04x)", v)
	case id == wire.SuiteEmptyRenegotiationInfoSCSV:
		return name + ": a first hello, says a client that knows RFC 5746"
	case id == wire.SuiteFallbackSCSV:
		return name + ": a retry with a lower version (RFC 7507)"
	}
	return name
}

func compression(v int) string {
	switch v {
	case 0:
		return "null (0)"
	case 1:
		return "DEFLATE (1)"
	}
	return fmt.Sprint(v)
}

// clientHello takes apart the body of RFC 5246, section 7.4.1.2.
func clientHello(w *walk) {
	w.number("client_version", 2, version)
	w.plain("random", "32 bytes", 32)
	w.vector("session_id", 1, sessionID(w))
	w.vector("cipher_suites", 2, func(n int) string {
		w.list("cipher_suite", 2, suiteName)
		return count(n/2, "suite")
	})
	w.vector("compression_methods", 1, func(int) string {
		return named(w.list("compression_method", 1, compression))
	})
	extensions(w, wire.MessageClientHello)
}

// serverHello takes apart the body of RFC 5246, section 7.4.1.3.
func serverHello(w *walk) {
	w.number("server_version", 2, version)
	w.plain("random", "32 bytes", 32)
	w.vector("session_id", 1, sessionID(w))
	w.number("cipher_suite", 2, suiteName)
	w.number("compression_method", 1, compression)
	extensions(w, wire.MessageServerHello)
}

func sessionID(w *walk) func(int) string {
	return func(n int) string {
		if n == 0 {
			return "empty: no session"
		}
		w.hidden("SessionID", n)
		return count(n, "byte") + ", not shown"
	}
}

// ssl2Hello takes apart a hello in the format of SSL 2.0 (RFC 5246, appendix
// E.2), from its msg_type on.
func ssl2Hello(b []byte) *walk {
	w := over(b)
	w.number("msg_type", 1, func(v int) string {
		return fmt.Sprintf("%s (%d), in the format of SSL 2.0", wire.MessageType(v), v)
	})
	w.number("version", 2, version)
	bytes := func(v int) string { return count(v, "byte") }
	specs := w.number("cipher_spec_length", 2, bytes)
	session := w.number("session_id_length", 2, bytes)
	challenge := w.number("challenge_length", 2, bytes)
	if w.broken {
		return w
	}
	w.block("cipher_specs", w.at, specs, func(n int) string {
		w.list("cipher_spec", 3, func(v int) string { return coded(wire.SSL2CipherSpec(v).String(), v, 6) })
		return count(n/3, "cipher spec")
	})
	w.hidden("session_id", session)
	w.plain("challenge", count(challenge, "byte"), challenge)
	w.rest("bytes left over")
	return w
}
