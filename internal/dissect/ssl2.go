package dissect

import (
	"bytes"
	"encoding/binary"

	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// A record of SSL 2.0's two-byte header: 15 bits of length (RFC 5246, appendix E.2).
const (
	ssl2HeaderLen = 2
	ssl2Mark      = 0x80
)

// startsSSL2 notes that a flow begins with a message in the format of SSL 2.0.
func (f *flow) startsSSL2() {
	f.ssl2 = len(f.buf) > 0 && f.buf[0]&ssl2Mark != 0
}

// readSSL2 takes the hello; nothing else of SSL 2.0 is followed.
func (d *Dissector) readSSL2(f *flow) bool {
	if len(f.buf) < ssl2HeaderLen+1 {
		return false
	}
	size := ssl2HeaderLen + int(binary.BigEndian.Uint16(f.buf)&^(ssl2Mark<<8))
	if len(f.buf) < size {
		return false
	}
	place := f.place(f.start, size)
	if wire.MessageType(f.buf[ssl2HeaderLen]) != wire.MessageClientHello {
		d.tell(f, trace.Server)
		d.remark(f, wire.RecordHeader{Version: wire.VersionSSL20, Length: size - ssl2HeaderLen}, place, trace.RecordDetail{Why: "it is a message of SSL 2.0, which is not followed"})
		f.reading = readingForeign
		return true
	}
	raw := bytes.Clone(f.buf[ssl2HeaderLen:size])
	whole := joined{Message: raw, place: place, header: wire.VersionSSL20, alone: true, clear: true}
	d.tapRead(f, wire.RecordHeader{Type: wire.TypeHandshake, Version: wire.VersionSSL20, Length: size - ssl2HeaderLen}, wire.TypeHandshake, raw, f.start)
	d.tapMessage(f, whole)
	f.drop(size)
	f.ssl2 = false
	d.records = true
	d.tellClear(f, wire.RecordHeader{Type: wire.TypeHandshake, Version: wire.VersionSSL20, Length: len(raw)}, place, raw)
	hello, err := wire.ParseSSL2ClientHello(raw)
	d.clientHello(f, whole, hello, faultText(err))
	return true
}
