package handshake

import (
	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// An Outcome is what a handshake arrived at. Its fields do not change once it is
// given out.
type Outcome struct {
	Terms                renego.Terms
	Version              wire.Version
	Suite                *suite.Suite
	Group                wire.Group // zero: no ECDHE in this handshake
	ServerName           string
	ALPN                 string
	Resumed              bool
	ExtendedMasterSecret bool
	SecureRenegotiation  bool // the client signalled RFC 5746
	LenientPremaster     bool // Settings' was needed; nobody may act by it before the client's Finished
	ClientChain          [][]byte
	Hello                *wire.ClientHello

	Master           keys.Secret
	ClientRandom     [32]byte
	ServerRandom     [32]byte
	ClientVerifyData []byte
	ServerVerifyData []byte
	Session          renego.SessionInUse
	// Stored is the session that the store should have; nil: none.
	Stored *Session
}
