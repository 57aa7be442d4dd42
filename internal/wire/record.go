package wire

// Lengths of RFC 5246, sections 6.2 and 7.4.
const (
	RecordHeaderLen  = 5
	MessageHeaderLen = 4
	MaxPlaintext     = 1 << 14             // of TLSPlaintext.fragment
	MaxCiphertext    = MaxPlaintext + 2048 // of TLSCiphertext.fragment
)

// A RecordHeader is the five bytes before a record's fragment, unjudged.
type RecordHeader struct {
	Type    ContentType
	Version Version
	Length  int // of the fragment, at most 65535
}

// ParseRecordHeader reads the header at the front of b; false means that b has
// fewer than five bytes.
func ParseRecordHeader(b []byte) (RecordHeader, bool) {
	if len(b) < RecordHeaderLen {
		return RecordHeader{}, false
	}
	return RecordHeader{
		Type:    ContentType(b[0]),
		Version: Version(uint16(b[1])<<8 | uint16(b[2])),
		Length:  int(b[3])<<8 | int(b[4]),
	}, true
}

// Append adds the header's five bytes to b.
func (h RecordHeader) Append(b []byte) []byte {
	return append(b, byte(h.Type), byte(h.Version>>8), byte(h.Version), byte(h.Length>>8), byte(h.Length))
}
