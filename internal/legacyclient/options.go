package legacyclient

import (
	"crypto/tls"
	"time"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// Options say what kind of client it is. The zero Options are the founding
// client's: TLS 1.2 and below, TLS_EMPTY_RENEGOTIATION_INFO_SCSV, no tickets.
type Options struct {
	// Version is ClientHello's client_version; zero: TLS 1.2. MinVersion is the
	// least that is accepted; zero: any.
	Version, MinVersion wire.Version
	// HelloRecordVersion is what the header of the first hello's record says;
	// zero: TLS 1.0, as OpenSSL 1.0 has it.
	HelloRecordVersion wire.Version
	// Suites are offered in this order; nil: every suite that Version has.
	Suites []wire.SuiteID

	// NoSCSV leaves out the suite that says that the client knows RFC 5746;
	// RenegotiationInfo says it by an empty extension in the first hello.
	NoSCSV, RenegotiationInfo bool
	// Lenient accepts whatever ServerHello's renegotiation_info says.
	Lenient bool

	ExtendedMasterSecret bool
	SessionTickets       bool
	NoExtensions         bool // none at all, as before RFC 3546
	ServerName           string
	ALPN                 []string
	Curves               []wire.Group           // nil: P-256, P-384, P-521, X25519
	Signatures           []wire.SignatureScheme // nil: PKCS #1 and ECDSA, SHA-512 down to SHA-1

	// Template, if there is one, is a real client's first hello, and what the client
	// sends is made of it: all but random, session, server name and what the kind of
	// hello changes is as it is there. It stands in place of Version, Suites and what
	// follows on them but ServerName and ALPN, which replace its own; without a name
	// its server_name is left out. NoSCSV without RenegotiationInfo takes both away.
	Template *wire.ClientHello

	// Certificate is shown when the server asks; nil: an empty list is.
	Certificate *tls.Certificate
	// Session is offered by the first hello.
	Session *Session

	// HelloRequest says how Read answers one.
	HelloRequest Reaction
	// TakesData keeps application data that crosses a handshake for Read. The
	// founding client does not: it fails with ErrCrossed.
	TakesData bool

	// Hello may change each ClientHello before it is sent, Message each handshake
	// message; a Message that returns nil leaves one out. The transcript has what
	// was sent.
	Hello   func(*wire.ClientHello)
	Message func(wire.Message) wire.Message
	// Premaster may change the premaster secret of an RSA key exchange before it is
	// used and encrypted: the version in it, say.
	Premaster func([]byte)

	// KeyLog is given a line, in NSS's format, for each secret that the client comes
	// to know, before anything is sent or opened with it. Whoever has it reads the
	// connection.
	KeyLog func(line string)

	// Shape, if there is one, says into which records goes what would be sent as one:
	// how a message is cut, what the headers name. It must not use the client.
	Shape func(Record) []Record

	// Trace is told of every record, in order, from one goroutine at a time. It must
	// not use the client.
	Trace func(Step)
	// Timeout limits every wait; zero: 10 seconds.
	Timeout time.Duration
}

// filled puts defaults where nothing is said.
func (o Options) filled() Options {
	if o.Template != nil {
		o.Version = o.Template.Version
	}
	if o.Version == 0 {
		o.Version = wire.VersionTLS12
	}
	if o.HelloRecordVersion == 0 {
		o.HelloRecordVersion = min(o.Version, wire.VersionTLS10)
	}
	if o.Suites == nil {
		o.Suites = suitesOf(o.Version)
	}
	if o.Curves == nil {
		o.Curves = []wire.Group{wire.GroupSecp256r1, wire.GroupSecp384r1, wire.GroupSecp521r1, wire.GroupX25519}
	}
	if o.Signatures == nil {
		o.Signatures = defaultSchemes
	}
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	if o.Version == wire.VersionSSL30 {
		o.NoExtensions = true
	}
	return o
}

func suitesOf(v wire.Version) []wire.SuiteID {
	var ids []wire.SuiteID
	for _, s := range suite.All() {
		if s.MinVersion <= v {
			ids = append(ids, s.ID)
		}
	}
	return ids
}
