package dissect

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"

	"github.com/parley-tls/parley/internal/wire"
)

// compressionDeflate is the one method there is beside null (RFC 3749).
const compressionDeflate = 1

const (
	deflateWindow = 32 << 10
	zlibHeaderLen = 2
)

// An inflater decompresses the records of one direction under one set of keys.
// Each record ends on a byte and may refer to those before it.
type inflater struct {
	window []byte // the last that was decompressed
	begun  bool   // the header that begins the stream has passed
}

// inflate gives what a record holds; false: it is nothing that was compressed, or
// more than any record may hold.
func (i *inflater) inflate(fragment []byte) ([]byte, bool) {
	if len(fragment) == 0 {
		return nil, true
	}
	if !i.begun {
		if len(fragment) < zlibHeaderLen || fragment[0]&0x0f != 8 {
			return nil, false
		}
		i.begun, fragment = true, fragment[zlibHeaderLen:]
	}
	r := flate.NewReaderDict(bytes.NewReader(fragment), i.window)
	out, err := io.ReadAll(io.LimitReader(r, wire.MaxPlaintext+1))
	// No record ends the stream, so its end always comes too early.
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) || len(out) > wire.MaxPlaintext {
		return nil, false
	}
	i.window = append(i.window, out...)
	i.window = append([]byte(nil), i.window[max(0, len(i.window)-deflateWindow):]...)
	return out, true
}
