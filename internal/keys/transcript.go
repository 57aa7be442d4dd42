package keys

import (
	"crypto"
	"fmt"
	"hash"
	"slices"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// VerifyLen is the length of verify_data in TLS (RFC 5246, section 7.4.9).
const VerifyLen = 12

// SSL3VerifyLen is the length of verify_data in SSL 3.0: an MD5 and a SHA-1
// (RFC 6101, section 5.6.9).
const SSL3VerifyLen = 36

// A Transcript hashes the messages of one handshake. It keeps their bytes only
// until Choose, when the hashes become known. What it gives speaks of all that
// was written so far, and more may be written after.
type Transcript struct {
	early   []byte // what was written before Choose
	chosen  bool
	version wire.Version
	prf     crypto.Hash
	finish  []crypto.Hash // what Finished is made of: prf, or its parts
	verify  bool          // KeepForVerify was said
	running []running
}

type running struct {
	id crypto.Hash
	hash.Hash
}

// NewTranscript begins the transcript of a handshake.
func NewTranscript() *Transcript { return &Transcript{} }

// Write adds a whole message, as it went over the wire. It keeps no part of m.
func (t *Transcript) Write(m []byte) {
	if !t.chosen {
		t.early = append(t.early, m...)
		return
	}
	for _, h := range t.running {
		h.Write(m)
	}
}

// verifyHashes are those that a TLS 1.2 client may sign over (RFC 5246, section
// 7.4.8). Which one it will be is known only when CertificateVerify comes, so all
// of them run: four running hashes are smaller than a chain of certificates.
var verifyHashes = []crypto.Hash{crypto.SHA1, crypto.SHA256, crypto.SHA384, crypto.SHA512}

// KeepForVerify says that the client may come to sign this handshake, so that
// Digest will be able to answer. It must be said before Choose: afterwards the
// bytes are gone, and it panics.
func (t *Transcript) KeepForVerify() {
	if t.chosen {
		panic("keys: KeepForVerify after Choose")
	}
	t.verify = true
}

// Choose says which version and suite were negotiated. It must be said once,
// before the transcript is asked for anything; what was written so far is hashed
// and dropped.
func (t *Transcript) Choose(v wire.Version, s *suite.Suite) {
	if t.chosen {
		panic("keys: Choose twice")
	}
	t.chosen, t.version, t.prf = true, v, prfHash(v, s)
	t.finish = parts(t.prf)
	ids := slices.Clone(t.finish)
	if t.verify && v == wire.VersionTLS12 {
		ids = append(ids, verifyHashes...)
	}
	for _, id := range ids {
		if t.find(id) == nil {
			h := id.New()
			h.Write(t.early)
			t.running = append(t.running, running{id, h})
		}
	}
	t.early = nil
}

// parts splits crypto.MD5SHA1, which no one can run, in two that one can.
func parts(id crypto.Hash) []crypto.Hash {
	if id == crypto.MD5SHA1 {
		return []crypto.Hash{crypto.MD5, crypto.SHA1}
	}
	return []crypto.Hash{id}
}

// DropVerify says that CertificateVerify came or will not come: the hashes that
// only Digest wanted are dropped. It may be left unsaid.
func (t *Transcript) DropVerify() {
	t.verify = false
	t.running = slices.DeleteFunc(t.running, func(r running) bool {
		return !slices.Contains(t.finish, r.id)
	})
}

// Digest is what a CertificateVerify signs: one hash of the handshake in TLS 1.2
// (RFC 5246, section 7.4.8), in TLS 1.0 and 1.1 crypto.SHA1 with an ECDSA key and
// crypto.MD5SHA1, one after the other, with an RSA key (RFC 4346, section 7.4.8).
// A hash that is not kept panics, since whoever verified a signature over nothing
// would believe anyone: ask only for what CertificateRequest offered.
func (t *Transcript) Digest(id crypto.Hash) []byte {
	var out []byte
	for _, part := range parts(id) {
		out = t.must(part).Sum(out)
	}
	return out
}

// SSL3Digest is what a CertificateVerify signs in SSL 3.0: an MD5 and a SHA-1, of
// which an ECDSA or DSA key signs the SHA-1 alone (RFC 6101, section 5.6.8).
func (t *Transcript) SSL3Digest(master Secret) []byte { return t.ssl3Sum(nil, master) }

// SessionHash is the hash of the handshake that an extended master secret is
// made from (RFC 7627, section 3).
func (t *Transcript) SessionHash() []byte { return t.Digest(t.prf) }

// ClientVerifyData is what the client's Finished must hold (RFC 5246, section
// 7.4.9; RFC 6101, section 5.6.9).
func (t *Transcript) ClientVerifyData(master Secret) []byte {
	if t.version == wire.VersionSSL30 {
		return t.ssl3Sum(ssl3Client, master)
	}
	return t.verifyData("client finished", master)
}

// ServerVerifyData is what the server's Finished must hold.
func (t *Transcript) ServerVerifyData(master Secret) []byte {
	if t.version == wire.VersionSSL30 {
		return t.ssl3Sum(ssl3Server, master)
	}
	return t.verifyData("server finished", master)
}

func (t *Transcript) verifyData(label string, master Secret) []byte {
	out := make([]byte, VerifyLen)
	prf(out, t.prf, master.raw(), label, t.SessionHash())
	return out
}

func (t *Transcript) ssl3Sum(sender []byte, master Secret) []byte {
	out := make([]byte, 0, SSL3VerifyLen)
	out = ssl3Digest(out, t.must(crypto.MD5), sender, master.raw())
	return ssl3Digest(out, t.must(crypto.SHA1), sender, master.raw())
}

func (t *Transcript) find(id crypto.Hash) hash.Hash {
	for _, r := range t.running {
		if r.id == id {
			return r.Hash
		}
	}
	return nil
}

func (t *Transcript) must(id crypto.Hash) hash.Hash {
	if !t.chosen {
		panic("keys: the transcript was asked before Choose")
	}
	h := t.find(id)
	if h == nil {
		panic(fmt.Sprintf("keys: the transcript keeps no %v", id))
	}
	return h
}
