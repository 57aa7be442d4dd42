package rehearse

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"slices"

	"github.com/parley-tls/parley/internal/wire"
)

// Shape is the same for hellos that a server by any settings answers alike: what a
// client draws anew each time, and the order of its extensions, are left out.
func Shape(h *wire.ClientHello) (sum [32]byte) {
	w := shaper{sha256.New()}
	numbers(w, []wire.Version{h.Version})
	if h.SSL2Format {
		w.bytes([]byte("SSL 2.0"))
	}
	numbers(w, settled(h.CipherSuites))
	w.bytes(h.CompressionMethods)
	extensions := slices.SortedStableFunc(slices.Values(h.Extensions), func(a, b wire.Extension) int { return cmp.Compare(a.Type, b.Type) })
	for _, e := range extensions {
		if drawn(uint16(e.Type)) {
			continue
		}
		numbers(w, []wire.ExtensionType{e.Type})
		w.extension(h, e)
	}
	w.Sum(sum[:0])
	return sum
}

type shaper struct{ hash.Hash }

// extension writes what a server reads of one.
func (w shaper) extension(h *wire.ClientHello, e wire.Extension) {
	switch e.Type {
	case wire.ExtensionSessionTicket, wire.ExtensionKeyShare, wire.ExtensionPreSharedKey, wire.ExtensionPadding:
		return // of each connection
	case wire.ExtensionSupportedGroups:
		if list, err := h.Groups(); err == nil {
			numbers(w, settled(list))
			return
		}
	case wire.ExtensionSupportedVersions:
		if list, err := h.Versions(); err == nil {
			numbers(w, settled(list))
			return
		}
	case wire.ExtensionSignatureAlgorithms:
		if list, err := h.SignatureSchemes(); err == nil {
			numbers(w, settled(list))
			return
		}
	}
	w.bytes(e.Data)
}

func (w shaper) bytes(b []byte) {
	w.Write(binary.BigEndian.AppendUint32(nil, uint32(len(b))))
	w.Write(b)
}

// numbers writes a list with its length.
func numbers[T ~uint16](w shaper, list []T) {
	var b []byte
	for _, v := range list {
		b = binary.BigEndian.AppendUint16(b, uint16(v))
	}
	w.bytes(b)
}

// settled leaves out the values of RFC 8701, which are drawn.
func settled[T ~uint16](list []T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(v T) bool { return drawn(uint16(v)) })
}

// drawn says whether a value is one of RFC 8701's.
func drawn(v uint16) bool { return v&0x0F0F == 0x0A0A && v>>8 == v&0xFF }
