package proxy

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/pires/go-proxyproto"
)

// What a PROXY header may be long. Version 1 has its bound from the protocol.
const (
	longestLine   = 107
	longestHeader = 4096 // of what follows version 2's first 16 bytes
)

var (
	errNoHeader      = errors.New("what came first is no PROXY header")
	errLongHeader    = errors.New("the PROXY header is too long")
	errNothingCame   = errors.New("nothing came")
	signatureV2      = proxyproto.SIGV2
	beginOfLine      = []byte("PROXY ")
	headerBeginsWith = len(signatureV2) // bytes, which the shortest line has too
)

// readHeader reads a PROXY header of either version and not a byte more, so that
// the hello behind it stays in the socket.
func readHeader(r io.Reader) (*proxyproto.Header, error) {
	whole, err := readHeaderBytes(r)
	if err != nil {
		return nil, err
	}
	h, err := proxyproto.Read(bufio.NewReaderSize(bytes.NewReader(whole), len(whole)))
	if err != nil {
		return nil, fmt.Errorf("the PROXY header cannot be read: %w", err)
	}
	return h, nil
}

func readHeaderBytes(r io.Reader) ([]byte, error) {
	b, err := readMore(r, nil, headerBeginsWith)
	switch {
	case errors.Is(err, io.EOF):
		return nil, errNothingCame
	case err != nil:
		return nil, err
	case bytes.Equal(b, signatureV2):
		return readBinary(r, b)
	case bytes.HasPrefix(b, beginOfLine):
		return readLine(r, b)
	}
	return nil, errNoHeader
}

// readMore appends n bytes to b.
func readMore(r io.Reader, b []byte, n int) ([]byte, error) {
	begin := len(b)
	b = append(b, make([]byte, n)...)
	_, err := io.ReadFull(r, b[begin:])
	return b, err
}

// readBinary goes on with a header of version 2: version and command, family,
// and the length of the rest.
func readBinary(r io.Reader, b []byte) ([]byte, error) {
	b, err := readMore(r, b, 4)
	if err != nil {
		return nil, cutShort(err)
	}
	rest := int(binary.BigEndian.Uint16(b[len(b)-2:]))
	if rest > longestHeader {
		return nil, errLongHeader
	}
	b, err = readMore(r, b, rest)
	return b, cutShort(err)
}

// readLine goes on with a header of version 1, whose end only its last byte tells.
func readLine(r io.Reader, b []byte) ([]byte, error) {
	for b[len(b)-1] != '\n' {
		if len(b) == longestLine {
			return nil, errLongHeader
		}
		var err error
		if b, err = readMore(r, b, 1); err != nil {
			return nil, cutShort(err)
		}
	}
	return b, nil
}

// cutShort is an end within a header.
func cutShort(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// A proxied connection came through a balancer: its addresses are those that the
// header named.
type proxied struct {
	socket
	from, to net.Addr
}

// A socket is what TCP and Unix connections are.
type socket interface {
	net.Conn
	CloseWrite() error
}

// RemoteAddr is the client's.
func (b *proxied) RemoteAddr() net.Addr { return b.from }

// LocalAddr is the one that the client connected to.
func (b *proxied) LocalAddr() net.Addr { return b.to }

// SetLinger is the socket's, where it has one.
func (b *proxied) SetLinger(seconds int) error {
	if tcp, ok := b.socket.(*net.TCPConn); ok {
		return tcp.SetLinger(seconds)
	}
	return nil
}

// name gives a connection the addresses of its header. What the balancer opened
// on its own account (LOCAL), or for a client whose address it does not know,
// keeps its own.
func name(conn net.Conn, h *proxyproto.Header) net.Conn {
	from, to, ok := h.TCPAddrs()
	if h.Command.IsLocal() || !ok {
		return conn
	}
	return &proxied{conn.(socket), from, to}
}
