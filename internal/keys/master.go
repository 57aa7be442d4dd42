package keys

import (
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// MasterLen is the length of every master secret (RFC 5246, section 8.1).
const MasterLen = 48

// MasterSecret makes the master secret of a session without Extended Master
// Secret (RFC 5246, section 8.1; RFC 6101, section 6.1).
func MasterSecret(v wire.Version, s *suite.Suite, premaster []byte, clientRandom, serverRandom *[32]byte) Secret {
	master := make([]byte, MasterLen)
	if v == wire.VersionSSL30 {
		ssl3Expand(master, premaster, clientRandom, serverRandom)
	} else {
		prf(master, prfHash(v, s), premaster, "master secret", clientRandom[:], serverRandom[:])
	}
	return own(master)
}

// ExtendedMasterSecret makes the master secret of a session with Extended Master
// Secret, which belongs to the handshake that sessionHash was taken of (RFC 7627,
// section 4). SSL 3.0 has no extensions and so never negotiates it: asking for it
// there panics.
func ExtendedMasterSecret(v wire.Version, s *suite.Suite, premaster, sessionHash []byte) Secret {
	if v == wire.VersionSSL30 {
		panic("keys: SSL 3.0 has no extended master secret")
	}
	master := make([]byte, MasterLen)
	prf(master, prfHash(v, s), premaster, "extended master secret", sessionHash)
	return own(master)
}
