package handshake

import (
	"crypto"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/wire"
)

// A Question is what a handshake must know from outside before it goes on.
type Question interface{ question() }

// A ConfigQuestion asks which settings serve this client. Hello is not to be changed.
type ConfigQuestion struct{ Hello *wire.ClientHello }

// A SessionQuestion asks for the session that a hello offers: by ticket where
// Ticket is not empty, else by id.
type SessionQuestion struct{ ID, Ticket []byte }

// A CertificateQuestion asks for a certificate that the client can use.
type CertificateQuestion struct {
	Hello      *wire.ClientHello
	Version    wire.Version
	ServerName string
	// RSA and ECDSA say for which keys a suite is shared.
	RSA, ECDSA bool
}

// A PrivateKeyQuestion asks for an operation of the certificate's private key:
// a signature over Digest, or, where Decrypt is not nil, the decryption of an
// RSA premaster secret as PKCS1v15DecryptOptions{SessionKeyLen: 48} has it.
type PrivateKeyQuestion struct {
	Decrypt []byte
	Digest  []byte
	Opts    crypto.SignerOpts
}

// A VerifyQuestion asks, when the client's Finished is verified, whether the
// client may go on. Chain is DER, its leaf first, possession of whose key is
// proved; empty: none.
type VerifyQuestion struct {
	Chain   [][]byte
	Outcome *Outcome
	// Change is what it would do to the identity of the epoch in use. For
	// renego.ChangeExchange somebody must agree to it; nobody there is a no.
	Change renego.Change
}

func (ConfigQuestion) question()      {}
func (SessionQuestion) question()     {}
func (CertificateQuestion) question() {}
func (PrivateKeyQuestion) question()  {}
func (VerifyQuestion) question()      {}

// A Reply answers the Question of the same name.
type Reply interface{ reply() }

// A ConfigReply gives settings, or hands the connection over to another engine.
type ConfigReply struct {
	Settings *Settings
	HandOver bool
	Err      error // perhaps a *wire.Fault
}

// A SessionReply gives the session; nil is a miss.
type SessionReply struct{ Session *Session }

// A CertificateReply gives the chain, DER, leaf first, and the leaf's public key.
type CertificateReply struct {
	Chain  [][]byte
	Public crypto.PublicKey
	Err    error
}

// A PrivateKeyReply gives the signature or the decrypted secret. For a
// decryption, Err counts as a bad premaster and is not distinguished from one.
type PrivateKeyReply struct {
	Result []byte
	Err    error
}

// A VerifyReply lets the client pass, or says why not (perhaps a *wire.Fault).
type VerifyReply struct{ Err error }

func (ConfigReply) reply()      {}
func (SessionReply) reply()     {}
func (CertificateReply) reply() {}
func (PrivateKeyReply) reply()  {}
func (VerifyReply) reply()      {}
