package handshake

import (
	"crypto/x509"
	"errors"

	"golang.org/x/crypto/cryptobyte"

	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// A Session is what a handshake can be abbreviated with.
type Session struct {
	ID                   []byte // empty: a ticket's session
	Version              wire.Version
	Suite                *suite.Suite
	Master               keys.Secret
	ExtendedMasterSecret bool
	ServerName           string
	ALPN                 string
	ClientChain          [][]byte // DER, leaf first; empty: no client certificate
}

// sessionFormat is the first byte of a marshalled session; another is refused.
const sessionFormat = 1

var errSession = errors.New("handshake: not a session")

// Marshal gives the session as bytes that must be sealed before they are kept.
func (s *Session) Marshal() []byte {
	var b cryptobyte.Builder
	b.AddUint8(sessionFormat)
	b.AddUint16(uint16(s.Version))
	b.AddUint16(uint16(s.Suite.ID))
	b.AddUint8(boolByte(s.ExtendedMasterSecret))
	addBytes(&b, s.ID)
	addBytes(&b, s.Master.Bytes())
	addBytes(&b, []byte(s.ServerName))
	addBytes(&b, []byte(s.ALPN))
	b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) {
		for _, der := range s.ClientChain {
			b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(der) })
		}
	})
	return b.BytesOrPanic()
}

// ParseSession reads what Marshal gave.
func ParseSession(raw []byte) (*Session, error) {
	in := cryptobyte.String(raw)
	var format, ems uint8
	var version, id uint16
	var sessionID, master, name, alpn, chain cryptobyte.String
	if !in.ReadUint8(&format) || format != sessionFormat ||
		!in.ReadUint16(&version) || !in.ReadUint16(&id) || !in.ReadUint8(&ems) || ems > 1 ||
		!in.ReadUint16LengthPrefixed(&sessionID) || !in.ReadUint16LengthPrefixed(&master) ||
		!in.ReadUint16LengthPrefixed(&name) || !in.ReadUint16LengthPrefixed(&alpn) ||
		!in.ReadUint24LengthPrefixed(&chain) || !in.Empty() || len(master) != 48 {
		return nil, errSession
	}
	s := &Session{
		ID: sessionID, Version: wire.Version(version), Suite: suite.ByID(wire.SuiteID(id)),
		Master: keys.NewSecret(master), ExtendedMasterSecret: ems == 1,
		ServerName: string(name), ALPN: string(alpn),
	}
	if s.Suite == nil {
		return nil, errSession // sealed by a server that knew more suites
	}
	for !chain.Empty() {
		var der cryptobyte.String
		if !chain.ReadUint24LengthPrefixed(&der) {
			return nil, errSession
		}
		s.ClientChain = append(s.ClientChain, der)
	}
	return s, nil
}

// leaf parses the certificate that identifies a client.
func leaf(chain [][]byte) (*x509.Certificate, error) {
	if len(chain) == 0 {
		return nil, nil
	}
	return x509.ParseCertificate(chain[0])
}

func addBytes(b *cryptobyte.Builder, data []byte) {
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(data) })
}

func boolByte(v bool) uint8 {
	if v {
		return 1
	}
	return 0
}
