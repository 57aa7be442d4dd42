package keys

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"hash"
)

// ssl3Expand fills out with SSL 3.0's forerunner of the PRF (RFC 6101, sections
// 6.1 and 6.2.2): blocks of MD5(secret + SHA(salt + secret + seed)), where the
// salt is "A", then "BB", then "CCC".
func ssl3Expand(out, secret []byte, first, second *[32]byte) {
	outer, inner := md5.New(), sha1.New()
	sum := make([]byte, 0, sha1.Size)
	for round := 1; len(out) > 0; round++ {
		inner.Reset()
		inner.Write(bytes.Repeat([]byte{'A' - 1 + byte(round)}, round))
		inner.Write(secret)
		inner.Write(first[:])
		inner.Write(second[:])
		sum = inner.Sum(sum[:0])

		outer.Reset()
		outer.Write(secret)
		outer.Write(sum)
		sum = outer.Sum(sum[:0])
		out = out[copy(out, sum):]
	}
}

// The names of the two sides in an SSL 3.0 Finished (RFC 6101, section 5.6.9).
var (
	ssl3Client = []byte("CLNT")
	ssl3Server = []byte("SRVR")
)

// The padding of the SSL 3.0 MAC (RFC 6101, section 5.2.3.1): 48 bytes of it for
// MD5, 40 for SHA-1.
var (
	ssl3Pad1 = bytes.Repeat([]byte{0x36}, 48)
	ssl3Pad2 = bytes.Repeat([]byte{0x5c}, 48)
)

// ssl3Digest appends hash(master + pad2 + hash(messages + sender + master +
// pad1)) to b, where running has taken the messages and does not notice (RFC
// 6101, sections 5.6.8 and 5.6.9).
func ssl3Digest(b []byte, running hash.Hash, sender, master []byte) []byte {
	pad := 48
	if running.Size() == sha1.Size {
		pad = 40
	}
	h := fork(running)
	h.Write(sender)
	h.Write(master)
	h.Write(ssl3Pad1[:pad])
	inner := h.Sum(nil)

	h.Reset()
	h.Write(master)
	h.Write(ssl3Pad2[:pad])
	h.Write(inner)
	return h.Sum(b)
}

// fork gives a hash that has taken what running has and goes on by itself. Every
// hash of the standard library can be forked.
func fork(running hash.Hash) hash.Hash {
	h, err := running.(hash.Cloner).Clone()
	if err != nil {
		panic("keys: " + err.Error())
	}
	return h
}
