package parley

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/parley-tls/parley/internal/handshake"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// What a Config's zeros stand for.
const (
	defaultMaxHandshakes      = 1024
	defaultHandshakeTimeout   = 10 * time.Second
	defaultRenegotiateTimeout = 30 * time.Second
)

// rules are a Config made ready: checked, and with what is derived from it. They
// never change.
type rules struct {
	config       *Config
	lineage      *lineage
	settings     *handshake.Settings
	certificates []*certificate
	sessions     SessionStore
	keys         TicketKeys
	modern       *tls.Config // nil: no TLS 1.3
	// scope is a hash of what a session was made under: it is resumed only there.
	scope [32]byte

	handshakeTimeout, renegotiateTimeout time.Duration
	maxHandshakes                        int
}

// ready checks the Config and makes its rules, once.
func (c *Config) ready() (*rules, error) {
	if c == nil {
		return nil, errors.New("parley: there is no Config")
	}
	c.mu.Lock()
	made := c.rules
	c.mu.Unlock()
	if made != nil {
		return made, nil
	}
	made, err := c.makeRules()
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rules == nil {
		c.rules = made
	}
	return c.rules, nil
}

func (c *Config) makeRules() (*rules, error) {
	certificates, err := c.check()
	if err != nil {
		return nil, err
	}
	r := &rules{
		config:             c,
		lineage:            c.line(),
		certificates:       certificates,
		handshakeTimeout:   orDefault(c.HandshakeTimeout, defaultHandshakeTimeout),
		renegotiateTimeout: orDefault(c.RenegotiateTimeout, defaultRenegotiateTimeout),
		maxHandshakes:      orDefault(c.MaxHandshakes, defaultMaxHandshakes),
		sessions:           c.Sessions,
		keys:               c.TicketKeys,
	}
	if r.sessions == nil {
		r.sessions = r.lineage.sessions
	}
	if r.keys == nil {
		r.keys = r.lineage.defaultKeys(c)
	}
	r.scope = c.scope()
	r.settings = r.makeSettings()
	if c.servesModern() {
		r.modern = r.makeModern()
	}
	return r, nil
}

// servesModern reports whether TLS 1.3 is served.
func (c *Config) servesModern() bool {
	return c.MaxVersion == 0 || c.MaxVersion == tls.VersionTLS13
}

func (r *rules) makeSettings() *handshake.Settings {
	c := r.config
	s := &handshake.Settings{
		MinVersion:    wire.Version(orDefault(c.MinVersion, tls.VersionTLS10)),
		HighestServed: wire.Version(orDefault(c.MaxVersion, tls.VersionTLS13)),
		Suites:        c.suites(),
		Groups:        c.groups(),
		ALPN:          c.ALPN,
		ClientAuth:    clientAuth(c.ClientAuth),
		ClientCAs:     authorities(c.ClientCAs), // told to the client only where ClientAuth asks
		NoSessionIDs:  c.NoSessionIDs,
		Policy:        c.Policy,

		LenientPremaster: c.LenientPremaster,
	}
	s.MaxVersion = min(s.HighestServed, wire.VersionTLS12)
	if !c.NoTickets {
		s.Sealer = ticketSealer{r}
		s.TicketLifetime = uint32(sessionLifetime / time.Second)
	}
	if c.KeyLog != nil {
		s.KeyLog = r.logKey
	}
	return s
}

// keyLogs keeps the lines of one KeyLog whole; a writer may be shared by Configs.
var keyLogs sync.Mutex

// logKey gives a line to KeyLog, whose errors are its own affair.
func (r *rules) logKey(line string) {
	keyLogs.Lock()
	defer keyLogs.Unlock()
	_, _ = io.WriteString(r.config.KeyLog, line)
}

// suites gives the cipher suites of TLS 1.2 and before, in order.
func (c *Config) suites() []wire.SuiteID {
	if c.CipherSuites == nil {
		return suite.Default()
	}
	return convert[wire.SuiteID](c.CipherSuites)
}

var defaultGroups = []wire.Group{wire.GroupX25519, wire.GroupSecp256r1, wire.GroupSecp384r1, wire.GroupSecp521r1}

// groups gives the curves that TLS 1.2 and before can use, in order.
func (c *Config) groups() []wire.Group {
	if c.Curves == nil {
		return defaultGroups
	}
	var out []wire.Group
	for _, id := range c.Curves {
		if g := wire.Group(id); isClassic(g) {
			out = append(out, g)
		}
	}
	return out
}

// random fills b with the Config's chance.
func (c *Config) random(b []byte) error {
	_, err := io.ReadFull(c.chance(), b)
	return err
}

func (c *Config) chance() io.Reader {
	if c.Rand != nil {
		return c.Rand
	}
	return rand.Reader
}

// scope hashes what decides who may be a client.
func (c *Config) scope() [32]byte {
	h := sha256.New()
	h.Write([]byte{byte(c.ClientAuth)})
	for _, name := range authorities(c.ClientCAs) {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(name))))
		h.Write(name)
	}
	return [32]byte(h.Sum(nil))
}

func orDefault[T comparable](v, d T) T {
	var zero T
	if v == zero {
		return d
	}
	return v
}
