package disguise

import (
	"crypto/aes"
	"crypto/cipher"
	"net/netip"
)

// prefixes maps addresses so that two which share a prefix of some length share one of
// just that length afterwards: the scheme of Xu, Fan, Ammar and Moon, "Prefix-Preserving
// IP Address Anonymization" (2002), known as Crypto-PAn. Each bit is turned over or not
// by what AES makes of the bits before it.
type prefixes struct {
	cipher cipher.Block
	pad    [aes.BlockSize]byte
}

// newPrefixes takes the key of AES and what becomes the padding, 16 bytes each.
func newPrefixes(key [32]byte) *prefixes {
	block, err := aes.NewCipher(key[:16])
	if err != nil {
		panic(err) // 16 bytes are a key of AES
	}
	p := &prefixes{cipher: block}
	block.Encrypt(p.pad[:], key[16:])
	return p
}

// turns says whether the bit behind the first n of an address is turned over.
func (p *prefixes) turns(address []byte, n int) bool {
	in := p.pad
	copy(in[:n/8], address)
	if rest := n % 8; rest != 0 {
		mask := byte(0xff) << (8 - rest)
		in[n/8] = address[n/8]&mask | p.pad[n/8]&^mask
	}
	p.cipher.Encrypt(in[:], in[:])
	return in[0]&0x80 != 0
}

// replace maps an address. A bit of which keep says, by the bits before it, that a range
// with a meaning of its own may follow is not turned over, so that such ranges stay where
// they are and nothing else falls into them.
func (p *prefixes) replace(a netip.Addr, keep []netip.Prefix) netip.Addr {
	address := a.AsSlice()
	out := a.AsSlice()
	for n := range a.BitLen() {
		if !leadsTo(a, n, keep) && p.turns(address, n) {
			out[n/8] ^= 0x80 >> (n % 8)
		}
	}
	b, _ := netip.AddrFromSlice(out)
	return b
}

// leadsTo says whether the first n bits of an address lead to one of the ranges, or into it.
func leadsTo(a netip.Addr, n int, ranges []netip.Prefix) bool {
	for _, r := range ranges {
		shared, err := a.Prefix(min(n, r.Bits()))
		if err == nil && shared.Contains(r.Addr()) {
			return true
		}
	}
	return false
}
