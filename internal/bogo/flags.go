package bogo

import (
	"crypto/tls"
	"fmt"
	"strings"
)

// flags are a command line, parsed.
type flags struct {
	isHandshakerSupported bool

	server      bool
	port        int
	ipv6        bool
	shimID      uint64
	hasShimID   bool // runners before 2022 give none and want none
	resumeCount int

	initial, resume connection
}

// A connection is what the flags say of one connection, the first or those
// after it.
type connection struct {
	keyFile, certFile, trustCert string

	minVersion, maxVersion uint16
	without                []uint16 // versions
	suites                 []uint16
	curves                 []tls.CurveID
	alpn                   string
	noTicket               bool

	requestCertificate, requireCertificate bool
	trustBare, refuseRenegotiation         bool

	implicitHandshake, renegotiate bool
	shimWritesFirst, shimShutsDown bool
	checkCloseNotify               bool
	readSize                       uint16
	tlsUnique                      bool
	exportLen                      uint16
	exportLabel, exportContext     string
	useExportContext               bool
	expectSessionMiss              bool
	expectVersion, expectCurve     uint16
	expectServerName, expectALPN   string
	expectAdvertisedALPN           string
	expectEMS                      bool
	expectSecure, expectNoSecure   bool // of renegotiation
	expectPeerCertFile             string
}

// A scope says which connections a flag is for.
type scope struct{ initial, resume bool }

// scopes are the prefixes. A retry is a client's second try at early data, which
// a server never sees.
var scopes = []struct {
	prefix string
	scope  scope
}{
	{"-on-initial-", scope{initial: true}},
	{"-on-resume-", scope{resume: true}},
	{"-on-retry-", scope{}},
	{"-", scope{initial: true, resume: true}},
}

// parseFlags reads a command line. The runner counts the error unimplemented as no
// failure, so an unknown flag is that and every other mistake is not.
func parseFlags(args []string) (*flags, error) {
	f := &flags{}
	for len(args) > 0 {
		var err error
		if args, err = f.parseOne(args); err != nil {
			return nil, err
		}
	}
	if !f.server && !f.isHandshakerSupported {
		return nil, unimplemented{"a client"}
	}
	return f, nil
}

// parseOne reads the first flag, with its value if it has one, and gives the rest.
func (f *flags) parseOne(args []string) ([]string, error) {
	name, in := splitScope(args[0])
	o, known := options[name]
	if !known {
		return nil, unimplemented{"the flag " + args[0]}
	}
	rest, value := args[1:], ""
	if o.takesValue {
		if len(rest) == 0 {
			return nil, fmt.Errorf("%s needs a value", args[0])
		}
		value, rest = rest[0], rest[1:]
	}
	if err := o.set(f, in, value); err != nil {
		return nil, fmt.Errorf("%s: %w", args[0], err)
	}
	return rest, nil
}

// splitScope takes the prefix off a flag; what is no flag keeps its name.
func splitScope(arg string) (string, scope) {
	for _, s := range scopes {
		if name, ok := strings.CutPrefix(arg, s.prefix); ok {
			return name, s.scope
		}
	}
	return arg, scope{}
}
