package rehearse

import (
	"encoding/binary"
	"errors"
	"io"

	"github.com/parley-tls/parley/internal/wire"
)

var errNoServerHello = errors.New("no ServerHello")

// readServerHello reads the first message of the server's, if it is that.
func readServerHello(r io.Reader) (*wire.ServerHello, error) {
	var header [wire.RecordHeaderLen]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, err
	}
	h, ok := wire.ParseRecordHeader(header[:])
	if !ok || h.Type != wire.TypeHandshake {
		return nil, errNoServerHello
	}
	record := make([]byte, h.Length)
	if _, err := io.ReadFull(r, record); err != nil {
		return nil, err
	}
	return firstServerHello(record)
}

// firstServerHello is the message that a record begins with.
func firstServerHello(record []byte) (*wire.ServerHello, error) {
	if len(record) < 4 || wire.MessageType(record[0]) != wire.MessageServerHello {
		return nil, errNoServerHello
	}
	n := 4 + int(record[1])<<16 + int(record[2])<<8 + int(record[3])
	if n > len(record) {
		return nil, errNoServerHello
	}
	return wire.ParseServerHello(wire.Message(record[:n]))
}

// versionOf is what a ServerHello agrees to: of TLS 1.3 an extension says it (RFC
// 8446, section 4.1.3).
func versionOf(h *wire.ServerHello) wire.Version {
	if data, present := h.Extension(wire.ExtensionSupportedVersions); present && len(data) == 2 {
		return wire.Version(binary.BigEndian.Uint16(data))
	}
	return h.Version
}
