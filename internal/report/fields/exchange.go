package fields

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"

	"github.com/parley-tls/parley/internal/wire"
)

// namedCurve is ECCurveType named_curve (RFC 8422, section 5.4).
const namedCurve = 3

// serverKeyExchange takes apart what an (EC)DHE server sends. Which of the two it
// is, and of which version, is in the message itself: only one reading ends
// where it ends.
func serverKeyExchange(w *walk) {
	body := w.b[w.at:w.end]
	for _, parts := range [][]func(*walk){
		{ecdhParams, schemeOf, signature}, {ecdhParams, signature},
		{dhParams, schemeOf, signature}, {dhParams, signature}, {dhParams}, {ecdhParams},
	} {
		try := over(body)
		for _, part := range parts {
			part(try)
		}
		if !try.broken && try.at == try.end {
			for _, part := range parts {
				part(w)
			}
			return
		}
	}
	w.plain("params", "in a form that is not read", w.end-w.at)
}

// ecdhParams is ServerECDHParams (RFC 8422, section 5.4).
func ecdhParams(w *walk) {
	kind := w.number("curve_type", 1, func(v int) string {
		if v == namedCurve {
			return "named_curve (3)"
		}
		return fmt.Sprint(v)
	})
	w.broken = w.broken || kind != namedCurve
	w.number("namedcurve", 2, func(v int) string { return coded(groupName(v), v, 4) })
	w.vector("public", 1, func(n int) string {
		w.plain("ECPoint", count(n, "byte"), n)
		return count(n, "byte")
	})
}

// dhParams is ServerDHParams (RFC 5246, section 7.4.3).
func dhParams(w *walk) {
	integer := func(name string, words func(n int) string) {
		w.vector(name, 2, func(n int) string {
			said := words(n)
			w.plain("opaque", count(n, "byte"), n)
			return said
		})
	}
	integer("dh_p", func(n int) string {
		return fmt.Sprintf("a prime of %d bits", new(big.Int).SetBytes(w.b[w.at:w.at+n]).BitLen())
	})
	integer("dh_g", func(n int) string { return count(n, "byte") })
	integer("dh_Ys", func(n int) string { return count(n, "byte") })
}

func schemeOf(w *walk) {
	w.number("algorithm", 2, func(v int) string { return coded(schemeName(v), v, 4) })
}

func signature(w *walk) {
	w.vector("signature", 2, func(n int) string {
		w.plain("opaque", count(n, "byte"), n)
		return count(n, "byte")
	})
}

// certificateRequest takes apart the body of RFC 5246, section 7.4.4. Before TLS
// 1.2 it has no signature algorithms.
func certificateRequest(w *walk) {
	m := wire.Message(w.b)
	_, err := wire.ParseCertificateRequest(m, wire.VersionTLS12)
	_, older := wire.ParseCertificateRequest(m, wire.VersionTLS10)
	w.vector("certificate_types", 1, func(int) string {
		return named(w.list("ClientCertificateType", 1, func(v int) string { return wire.CertificateType(v).String() }))
	})
	if err == nil || older != nil {
		numbers("supported_signature_algorithms", "algorithm", 2, schemeName)(w)
	}
	authorities(w)
}

func authorities(w *walk) {
	number := 0
	w.vector("certificate_authorities", 2, func(int) string {
		for w.at < w.end && !w.broken {
			number++
			w.vector("DistinguishedName", 2, func(n int) string {
				words := nameOf(w.b[w.at : w.at+n])
				w.plain("Name", words, n)
				return words
			})
		}
		if number == 0 {
			return "empty: any authority"
		}
		return count(number, "name")
	})
}

func nameOf(der []byte) string {
	var sequence pkix.RDNSequence
	if rest, err := asn1.Unmarshal(der, &sequence); err != nil || len(rest) > 0 {
		return count(len(der), "byte") + " that are no name"
	}
	return sequence.String()
}
