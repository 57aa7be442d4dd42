package profiles

import (
	"slices"
	"strings"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// At is the profile of the same client where it may go no higher than version v:
// as libraries do then, it leaves out what only later versions have. One that
// never went as high stays as it is.
func (p Profile) At(v wire.Version) Profile {
	if v >= p.Hello.Version {
		return p
	}
	hello := p.change()
	hello.Version = v
	p.Header = min(p.Header, v)
	legacyclient.DropExtension(hello, wire.ExtensionSupportedVersions)
	if v < wire.VersionTLS12 {
		hello.CipherSuites = slices.DeleteFunc(hello.CipherSuites, needsTLS12)
		legacyclient.DropExtension(hello, wire.ExtensionSignatureAlgorithms)
		legacyclient.DropExtension(hello, wire.ExtensionSignatureAlgorithmsCert)
	}
	if v == wire.VersionSSL30 {
		hello.Extensions, hello.HasExtensions = nil, false
	}
	p.Hello = hello
	return p
}

// needsTLS12 says of a suite's name what RFC 5246 says of the suite: what is not
// of MD5 or SHA-1 came with TLS 1.2.
func needsTLS12(id wire.SuiteID) bool {
	name := id.String()
	return strings.HasPrefix(name, "TLS_") && !strings.HasSuffix(name, "_SHA") && !strings.HasSuffix(name, "_MD5") &&
		!strings.HasSuffix(name, "_SCSV")
}

// WithSuites is the profile with other suites in place of its own. Signals keep
// their place behind them.
func (p Profile) WithSuites(ids []wire.SuiteID) Profile {
	hello := p.change()
	signals := slices.DeleteFunc(slices.Clone(hello.CipherSuites), func(id wire.SuiteID) bool {
		return !strings.HasSuffix(id.String(), "_SCSV")
	})
	hello.CipherSuites = slices.Concat(ids, signals)
	p.Hello = hello
	return p
}

// Trimmed is the profile without what it offers and this client cannot do: so
// whatever a server chooses, the conversation goes on. Its fingerprint is another
// one.
func (p Profile) Trimmed() Profile {
	hello := p.change()
	hello.CipherSuites = slices.DeleteFunc(hello.CipherSuites, func(id wire.SuiteID) bool {
		s := suite.ByID(id)
		return (s == nil || s.MinVersion > hello.Version) && !strings.HasSuffix(id.String(), "_SCSV")
	})
	legacyclient.DropExtension(hello, wire.ExtensionEncryptThenMAC)
	legacyclient.DropExtension(hello, wire.ExtensionNextProtocolNegotiation)
	if groups, err := hello.Groups(); err == nil && len(groups) > 0 {
		able := slices.DeleteFunc(groups, func(g wire.Group) bool { return !legacyclient.Speaks(g) })
		legacyclient.SetExtension(hello, wire.GroupsExtension(able))
	}
	p.Hello = hello
	return p
}

// Spoken are the suites of the profile that this client can do, in its order.
func (p Profile) Spoken() []wire.SuiteID {
	return slices.DeleteFunc(slices.Clone(p.Hello.CipherSuites), func(id wire.SuiteID) bool { return suite.ByID(id) == nil })
}

func (p Profile) change() *wire.ClientHello {
	hello := p.Hello.Clone()
	hello.Raw = nil
	return hello
}
