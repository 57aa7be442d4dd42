package parley

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"sync"
	"time"
)

// A Config says how connections are served. It is not changed once in use; Clone
// makes one to change. The zero value with a certificate serves TLS 1.0 up
// without RC4 or 3DES, and answers second hellos by Policy's defaults.
type Config struct {
	// Certificates are matched by server name and key; the first serves clients
	// that name none.
	Certificates []tls.Certificate
	// GetCertificate is asked first; nil from it means Certificates decide.
	// ClientInfo.TLS makes what autocert's or certmagic's GetCertificate takes.
	GetCertificate func(*ClientInfo) (*tls.Certificate, error)

	MinVersion   uint16   // tls.VersionTLS10 ...; zero: TLS 1.0
	MaxVersion   uint16   // zero: TLS 1.3, by crypto/tls; tls.VersionTLS12 keeps all here
	CipherSuites []uint16 // IANA numbers in the order of our preference; nil: all but the weak
	// Curves are in the order of our preference; nil: X25519, P-256, P-384, P-521.
	// X25519MLKEM768 counts for TLS 1.3 only.
	Curves []tls.CurveID
	// ALPN are our protocols in the order of our preference. Never name "h2" for
	// net/http: it speaks HTTP/2 on *tls.Conn only.
	ALPN []string
	// Modern serves clients that offer TLS 1.3; nil: made from this Config. TLS 1.3
	// is then its lowest version, whatever it says.
	Modern *tls.Config

	// ClientAuth and ClientCAs are as in crypto/tls, but to verify without ClientCAs
	// is an error: the system's roots vouch for servers.
	ClientAuth tls.ClientAuthType
	ClientCAs  *x509.CertPool
	// VerifyConnection is asked after every handshake, renegotiations and resumed
	// ones too, when the State it is given is proved but not yet in use. An error
	// ends the connection.
	VerifyConnection func(State) error

	// ForClient may replace the Config once the first hello is known; nil keeps
	// it. Events, OnIsolate, MaxHandshakes, the timeouts and Rand stay the first
	// Config's. Sessions resume only among Clones of one Config. An error ends the
	// handshake: an *Error by its Alert, any other by internal_error.
	ForClient func(context.Context, *ClientInfo) (*Config, error)
	// Policy answers second hellos.
	Policy Policy
	// Answer may change Policy's answer to one second hello; AnswerDefault leaves
	// it. An answer that the kind does not allow is an abort.
	Answer func(context.Context, *SecondHello) Answer
	// OnIsolate takes the second half of an isolated connection that came from
	// Server, its handshake complete, on a goroutine of its own. Without it such a
	// connection is aborted. A Listener uses Accept instead.
	OnIsolate func(old, new *Conn)

	// LenientPremaster puts up with clients that write the version agreed on into an
	// RSA premaster secret, and not the one that they offered (RFC 5246, section
	// 7.4.7.1; OpenSSL's SSL_OP_TLS_ROLLBACK_BUG). What was offered is then witnessed
	// by the Finished messages alone.
	LenientPremaster bool

	Sessions     SessionStore // of session ids; nil: in memory, bounded
	TicketKeys   TicketKeys   // seal sessions and tickets; nil: random, rotated
	NoTickets    bool         // RFC 5077's; with TLS 1.3's
	NoSessionIDs bool         // sessions are not kept; a session id still names the one in use

	// KeyLog is given a line for every handshake, in NSS's format. Whoever reads
	// it reads the connections: this weakens everything.
	KeyLog io.Writer
	// Events is told what happens, in order for each connection. It is called amid
	// the work: it must not block, nor call the Conn.
	Events func(Event)

	MaxHandshakes      int           // at a time, by a Listener, where the slowest gives way to who comes; zero: 1024
	HandshakeTimeout   time.Duration // of a first handshake; zero: 10 s
	RenegotiateTimeout time.Duration // of any later one; zero: 30 s

	Rand io.Reader        // for tests only; nil: crypto/rand
	Time func() time.Time // for tests only: the time that certificates and sessions are judged by

	mu      sync.Mutex // guards what follows
	lineage *lineage   // shared with all Clones
	rules   *rules     // made of this Config at its first use
}

// A SecondHello is what was known when a second ClientHello had been read.
type SecondHello struct {
	Kind                 Kind
	Asked                bool   // we had sent a HelloRequest
	Default              Answer // Policy's
	Count                int    // 1 for the first second hello
	After                time.Duration
	FromClient, ToClient int64       // application bytes so far
	State                State       // identity and keys of the epoch in use
	Hello                *ClientInfo // the second hello itself
}

// Clone gives a Config like c that may be changed before its first use. It shares
// c's ticket keys, session store and rations.
func (c *Config) Clone() *Config {
	return &Config{
		Certificates:       c.Certificates,
		GetCertificate:     c.GetCertificate,
		MinVersion:         c.MinVersion,
		MaxVersion:         c.MaxVersion,
		CipherSuites:       c.CipherSuites,
		Curves:             c.Curves,
		ALPN:               c.ALPN,
		Modern:             c.Modern,
		ClientAuth:         c.ClientAuth,
		ClientCAs:          c.ClientCAs,
		VerifyConnection:   c.VerifyConnection,
		ForClient:          c.ForClient,
		Policy:             c.Policy,
		Answer:             c.Answer,
		OnIsolate:          c.OnIsolate,
		LenientPremaster:   c.LenientPremaster,
		Sessions:           c.Sessions,
		TicketKeys:         c.TicketKeys,
		NoTickets:          c.NoTickets,
		NoSessionIDs:       c.NoSessionIDs,
		KeyLog:             c.KeyLog,
		Events:             c.Events,
		MaxHandshakes:      c.MaxHandshakes,
		HandshakeTimeout:   c.HandshakeTimeout,
		RenegotiateTimeout: c.RenegotiateTimeout,
		Rand:               c.Rand,
		Time:               c.Time,
		lineage:            c.line(),
	}
}

// line gives what c shares with its Clones.
func (c *Config) line() *lineage {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lineage == nil {
		c.lineage = newLineage()
	}
	return c.lineage
}

func (c *Config) now() time.Time {
	if c.Time != nil {
		return c.Time()
	}
	return time.Now()
}
