package bogo

import (
	"crypto/tls"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/parley-tls/parley"
)

// An option is what a flag does. A set may be called for a scope without any
// connection, to judge its value.
type option struct {
	takesValue bool
	set        func(f *flags, in scope, value string) error
}

// options are the flags that are implemented, without dash and prefix.
var options = map[string]option{
	"is-handshaker-supported": process(func(f *flags) { f.isHandshakerSupported = true }),

	"server":       process(func(f *flags) { f.server = true }),
	"port":         processNumber(16, func(f *flags, n uint64) { f.port = int(n) }),
	"ipv6":         process(func(f *flags) { f.ipv6 = true }),
	"shim-id":      processNumber(64, func(f *flags, n uint64) { f.shimID, f.hasShimID = n, true }),
	"resume-count": processNumber(8, func(f *flags, n uint64) { f.resumeCount = int(n) }),
	"resume":       process(func(f *flags) { f.resumeCount = 1 }),

	"key-file":   text(func(c *connection) *string { return &c.keyFile }),
	"cert-file":  text(func(c *connection) *string { return &c.certFile }),
	"trust-cert": text(func(c *connection) *string { return &c.trustCert }),

	"min-version": number(func(c *connection) *uint16 { return &c.minVersion }),
	"max-version": number(func(c *connection) *uint16 { return &c.maxVersion }),
	"no-ssl3":     each(func(*connection) {}), // it is not served anyway
	"no-tls1":     each(func(c *connection) { c.without = append(c.without, tls.VersionTLS10) }),
	"no-tls11":    each(func(c *connection) { c.without = append(c.without, tls.VersionTLS11) }),
	"no-tls12":    each(func(c *connection) { c.without = append(c.without, tls.VersionTLS12) }),
	"no-tls13":    each(func(c *connection) { c.without = append(c.without, tls.VersionTLS13) }),
	"cipher":      {takesValue: true, set: setCipher},
	"curves":      {takesValue: true, set: addCurve},

	"select-alpn":                    text(func(c *connection) *string { return &c.alpn }),
	"decline-alpn":                   each(func(c *connection) { c.alpn = "" }),
	"no-ticket":                      yes(func(c *connection) *bool { return &c.noTicket }),
	"verify-peer":                    yes(func(c *connection) *bool { return &c.requestCertificate }),
	"require-any-client-certificate": yes(func(c *connection) *bool { return &c.requireCertificate }),

	// From runners of 2014 and 2015, when BoringSSL's servers renegotiated.
	"renegotiate":                       yes(func(c *connection) *bool { return &c.renegotiate }),
	"allow-unsafe-legacy-renegotiation": yes(func(c *connection) *bool { return &c.trustBare }),
	"reject-peer-renegotiations":        yes(func(c *connection) *bool { return &c.refuseRenegotiation }),
	"fallback-scsv":                     each(func(*connection) {}), // a client's

	"implicit-handshake":     yes(func(c *connection) *bool { return &c.implicitHandshake }),
	"shim-writes-first":      yes(func(c *connection) *bool { return &c.shimWritesFirst }),
	"shim-shuts-down":        yes(func(c *connection) *bool { return &c.shimShutsDown }),
	"check-close-notify":     yes(func(c *connection) *bool { return &c.checkCloseNotify }),
	"read-size":              number(func(c *connection) *uint16 { return &c.readSize }),
	"tls-unique":             yes(func(c *connection) *bool { return &c.tlsUnique }),
	"export-keying-material": number(func(c *connection) *uint16 { return &c.exportLen }),
	"export-label":           text(func(c *connection) *string { return &c.exportLabel }),
	"export-context":         text(func(c *connection) *string { return &c.exportContext }),
	"use-export-context":     yes(func(c *connection) *bool { return &c.useExportContext }),

	"expect-session-miss":            yes(func(c *connection) *bool { return &c.expectSessionMiss }),
	"expect-version":                 number(func(c *connection) *uint16 { return &c.expectVersion }),
	"expect-curve-id":                number(func(c *connection) *uint16 { return &c.expectCurve }),
	"expect-server-name":             text(func(c *connection) *string { return &c.expectServerName }),
	"expect-alpn":                    text(func(c *connection) *string { return &c.expectALPN }),
	"expect-advertised-alpn":         text(func(c *connection) *string { return &c.expectAdvertisedALPN }),
	"expect-extended-master-secret":  yes(func(c *connection) *bool { return &c.expectEMS }),
	"expect-secure-renegotiation":    yes(func(c *connection) *bool { return &c.expectSecure }),
	"expect-no-secure-renegotiation": yes(func(c *connection) *bool { return &c.expectNoSecure }),
	"expect-peer-cert-file":          text(func(c *connection) *string { return &c.expectPeerCertFile }),
}

// process is a flag of the whole process, without a value.
func process(set func(*flags)) option {
	return option{set: func(f *flags, _ scope, _ string) error {
		set(f)
		return nil
	}}
}

// processNumber is a flag of the whole process whose value is a number.
func processNumber(bits int, set func(*flags, uint64)) option {
	return option{takesValue: true, set: func(f *flags, _ scope, value string) error {
		n, err := strconv.ParseUint(value, 10, bits)
		if err != nil {
			return fmt.Errorf("%q is not such a number", value)
		}
		set(f, n)
		return nil
	}}
}

// each is a flag of connections, without a value.
func each(set func(*connection)) option {
	return option{set: func(f *flags, in scope, _ string) error {
		f.apply(in, set)
		return nil
	}}
}

func yes(field func(*connection) *bool) option {
	return each(func(c *connection) { *field(c) = true })
}

func text(field func(*connection) *string) option {
	return option{takesValue: true, set: func(f *flags, in scope, value string) error {
		f.apply(in, func(c *connection) { *field(c) = value })
		return nil
	}}
}

func number(field func(*connection) *uint16) option {
	return option{takesValue: true, set: func(f *flags, in scope, value string) error {
		n, err := strconv.ParseUint(value, 10, 16)
		if err != nil {
			return fmt.Errorf("%q is not such a number", value)
		}
		f.apply(in, func(c *connection) { *field(c) = uint16(n) })
		return nil
	}}
}

func (f *flags) apply(in scope, set func(*connection)) {
	if in.initial {
		set(&f.initial)
	}
	if in.resume {
		set(&f.resume)
	}
}

// setCipher reads a list of suites. OpenSSL's language of classes and operators is
// BoringSSL's, not ours.
func setCipher(f *flags, in scope, value string) error {
	var suites []uint16
	for name := range strings.SplitSeq(value, ":") {
		id, err := parley.CipherSuiteByName(name)
		if err != nil {
			return unimplemented{"the cipher list " + value}
		}
		suites = append(suites, id)
	}
	f.apply(in, func(c *connection) { c.suites = suites })
	return nil
}

// servedCurves are those that -curves may name.
var servedCurves = []tls.CurveID{tls.CurveP256, tls.CurveP384, tls.CurveP521, tls.X25519, tls.X25519MLKEM768}

func addCurve(f *flags, in scope, value string) error {
	n, err := strconv.ParseUint(value, 10, 16)
	if err != nil {
		return fmt.Errorf("%q is not a curve's number", value)
	}
	if !slices.Contains(servedCurves, tls.CurveID(n)) {
		return unimplemented{"the curve " + value}
	}
	f.apply(in, func(c *connection) { c.curves = append(c.curves, tls.CurveID(n)) })
	return nil
}
