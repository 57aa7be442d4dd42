package record

import (
	"crypto/sha512"
	"encoding/binary"
	"math/bits"

	"github.com/parley-tls/parley/internal/wire"
)

// maxTail is room for the blocks in which content of secret length may end. In
// the worst case, SHA-384, they begin up to 127 bytes before the content's
// earliest end, which is 255 before its latest, and end up to 127 after the
// 0x80 and the 16 bytes of length.
const maxTail = 5 * sha512.BlockSize

// stateOffset is where the chaining value stands in a hash's marshalled state:
// after four bytes that name the hash.
const stateOffset = 4

// sumSecret is the MAC of the first n bytes of data, where n is secret, at
// least the public least, and at most what leaves room behind it for a MAC and
// one byte of padding length.
//
// Its time and memory accesses depend on least and len(data) alone (AlFardan
// and Paterson, "Lucky Thirteen"). What is content for every n is hashed as
// usual. From there on every block in which the content may end is built by
// masks and compressed, the chaining value is taken after each, and masks keep
// the one that was right.
func (m *mac) sumSecret(seq uint64, t wire.ContentType, data []byte, n, least int) []byte {
	header := m.putHeader(seq, t, n) // n is in its bytes, not in its length
	block := m.hash.BlockSize()
	begin := m.prefix + len(header) // where the content begins in what is hashed
	from := (begin + least) / block * block
	certain := from - m.prefix // bytes of header and content before the tail

	m.load(m.inner)
	inHeader := min(certain, len(header))
	m.hash.Write(header[:inHeader])
	m.hash.Write(data[:certain-inHeader])

	most := len(data) - m.size - 1
	blocks := (begin+most+m.lengthLen())/block + 1 - from/block
	tail := m.tail[:blocks*block]
	k := copy(tail, header[inHeader:])
	k += copy(tail[k:], data[certain-inHeader:])
	clear(tail[k:])

	end := begin + n - from
	final := (end + m.lengthLen()) >> bits.TrailingZeros(uint(block))
	endMessage(tail, end)
	putLength(tail, block, final, uint64(begin+n)*8)
	return m.finish(m.compress(tail, block, final))
}

// lengthLen is how many bytes the hash ends in to say how much it hashed.
func (m *mac) lengthLen() int { return m.hash.BlockSize() / 8 }

// endMessage puts the 0x80 that ends a hashed message at the secret place end,
// and zeros behind it.
func endMessage(tail []byte, end int) {
	for i := 0; i < len(tail); i += 8 {
		here := tail[i : i+8]
		left := end - i // bytes of message from here on
		mark := uint64(1) << 63 >> uint(8*notBelowZero(left)) &^ uint64(less(left, 0))
		binary.BigEndian.PutUint64(here, binary.BigEndian.Uint64(here)&keepFirst(left)|mark)
	}
}

// putLength writes the message's length into the end of the secret final
// block. endMessage left zeros there.
func putLength(tail []byte, block, final int, length uint64) {
	for i := range len(tail) / block {
		here := tail[(i+1)*block-8:][:8]
		mask := uint64(equal(i, final))
		binary.BigEndian.PutUint64(here, binary.BigEndian.Uint64(here)|length&mask)
	}
}

// compress hashes the tail and gives the chaining value after the secret final
// block, which is the digest (of SHA-384, its front).
func (m *mac) compress(tail []byte, block, final int) []byte {
	digest := m.digest[:m.size]
	clear(digest)
	for i := range len(tail) / block {
		m.hash.Write(tail[i*block : (i+1)*block])
		m.state, _ = m.hash.AppendBinary(m.state[:0]) // never fails
		mask := byte(equal(i, final))
		for j, b := range m.state[stateOffset:][:m.size] {
			digest[j] |= b & mask
		}
	}
	return digest
}
