package dissect

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"math/big"
	"sync"

	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/wire"
)

// A Keyring holds what opens connections, and what the connections of one
// capture have in common. It is safe for concurrent use.
type Keyring struct {
	mu       sync.Mutex
	byPublic map[[32]byte]*privateKey   // by SHA-256 of the public key
	logs     int                        // files and blocks that were read
	randoms  table[[32]byte, *logged]   // by client random
	wrapped  table[[8]byte, *premaster] // by how the encrypted premaster secret begins
	sessions table[[32]byte, session]
	chains   table[[32]byte, *chain]
}

// What is kept of key logs and for other connections.
const (
	maxLogged   = 128 << 10
	maxSessions = 16 << 10
	maxChains   = 1 << 10
	maxShared   = 32 << 10 // bytes of a chain; longer ones are kept by their connection alone
)

// A privateKey is an RSA key of a server.
type privateKey struct {
	*rsa.PrivateKey
	name string
}

// A session is the secret of one, and what opened it.
type session struct {
	master     keys.Secret
	suite      wire.SuiteID
	version    wire.Version
	from       string
	connection int
}

// A chain is a Certificate message as it came, which many connections share.
type chain struct {
	raw    wire.Message
	parsed *wire.Certificate
	err    error
	public [32]byte // SHA-256 of the first certificate's public key
	named  bool     // public is known
}

// NewKeyring makes an empty one.
func NewKeyring() *Keyring {
	return &Keyring{
		byPublic: map[[32]byte]*privateKey{},
		randoms:  newTable[[32]byte, *logged](maxLogged), wrapped: newTable[[8]byte, *premaster](maxLogged),
		sessions: newTable[[32]byte, session](maxSessions), chains: newTable[[32]byte, *chain](maxChains),
	}
}

// chain gives the chain that a message holds, the same for the same message.
func (k *Keyring) chain(m wire.Message, parse func(wire.Message) (*wire.Certificate, error)) *chain {
	k.mu.Lock()
	defer k.mu.Unlock()
	name := sha256.Sum256(m)
	if c, ok := k.chains.get(name); ok {
		return c
	}
	c := &chain{raw: append(wire.Message(nil), m...)}
	c.parsed, c.err = parse(c.raw)
	if len(c.parsed.Chain) > 0 {
		if certificate, err := x509.ParseCertificate(c.parsed.Chain[0]); err == nil {
			c.public, c.named = sha256.Sum256(certificate.RawSubjectPublicKeyInfo), true
		}
	}
	if len(m) <= maxShared {
		k.chains.put(name, c)
	}
	return c
}

// keyOf names the key given whose public half a chain shows.
func (k *Keyring) keyOf(c *chain) (name string, ok bool) {
	if key := k.find(c); key != nil {
		return key.name, true
	}
	return "", false
}

func (k *Keyring) find(c *chain) *privateKey {
	if c == nil || !c.named {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.byPublic[c.public]
}

func (k *Keyring) hasKeys() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.byPublic) > 0
}

func (k *Keyring) hasLogs() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.logs > 0
}

// premaster opens an encrypted premaster secret.
func (k *Keyring) premaster(c *chain, encrypted []byte) (premaster []byte, from string, ok bool) {
	if p, found := k.unwrapped(encrypted); found {
		return p.secret.Bytes(), p.from, true
	}
	key := k.find(c)
	if key == nil {
		return nil, "", false
	}
	if premaster = key.open(encrypted); len(premaster) != keys.MasterLen {
		return nil, "", false
	}
	return premaster, "the RSA key " + key.name, true
}

// open decrypts as PKCS #1, version 1.5, has it; nil: it cannot be.
func (k *privateKey) open(encrypted []byte) []byte {
	if k.N.BitLen() >= 1024 {
		out, err := k.Decrypt(nil, encrypted, nil)
		if err != nil {
			return nil
		}
		return out
	}
	// crypto/rsa refuses keys that are so small, and old servers have them.
	if k.N.Sign() <= 0 || len(encrypted) != k.Size() {
		return nil
	}
	block := new(big.Int).Exp(new(big.Int).SetBytes(encrypted), k.D, k.N).FillBytes(make([]byte, k.Size()))
	if len(block) < 2 || block[0] != 0 || block[1] != 2 {
		return nil
	}
	_, content, _ := bytes.Cut(block[2:], []byte{0})
	return content
}

func (k *Keyring) unwrapped(encrypted []byte) (*premaster, bool) {
	var begin [8]byte
	copy(begin[:], encrypted)
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.wrapped.get(begin)
}

// session finds the session that a client offered, if a server resumed it.
func (k *Keyring) session(client *wire.ClientHello, server *wire.ServerHello) (session, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if ticket, _ := client.SessionTicket(); len(ticket) > 0 {
		if s, ok := k.sessions.get(ticketHash(ticket)); ok {
			return s, true
		}
	}
	if resumesOffered(client, server) {
		return k.sessions.get(idHash(client.SessionID))
	}
	return session{}, false
}

// loggedSession finds the session that a key log names by its id.
func (k *Keyring) loggedSession(id []byte) (session, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s, ok := k.sessions.get(idHash(id))
	return s, ok && s.connection == 0 && len(id) > 0
}

func (k *Keyring) keep(name [32]byte, s session) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.sessions.put(name, s)
}

// idHash names a session by its id, apart from tickets of the same bytes.
func idHash(id []byte) [32]byte { return sha256.Sum256(append([]byte("session id "), id...)) }

func (k *Keyring) secrets(random [32]byte) (*logged, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.randoms.get(random)
}
