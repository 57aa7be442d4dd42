package passage

import (
	"io"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// A source reads a connection. It takes a buffer once there are bytes.
type source struct {
	conn net.Conn
	raw  syscall.RawConn // nil: conn is just read
	try  func(uintptr) bool
	buf  *[32 << 10]byte
	n    int
	err  error
}

func newSource(conn net.Conn) *source {
	s := &source{conn: conn, raw: rawOf(conn)}
	s.try = s.read
	return s
}

// rawOf gives the socket; nil: there is none.
func rawOf(conn net.Conn) syscall.RawConn {
	s, ok := conn.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return nil
	}
	return raw
}

// next gives a buffer with n bytes in it, to be given back; nil: an error came.
func (s *source) next() (buf *[32 << 10]byte, n int, err error) {
	if s.raw == nil {
		buf = buffers.Get().(*[32 << 10]byte)
		n, err = s.conn.Read(buf[:])
		return buf, n, err
	}
	s.buf, s.n, s.err = nil, 0, nil
	if err := s.raw.Read(s.try); err != nil {
		return s.buf, 0, err
	}
	return s.buf, s.n, s.err
}

// read reads once there is something.
func (s *source) read(fd uintptr) bool {
	buf := buffers.Get().(*[32 << 10]byte)
	n, err := ignoringEINTR(func() (int, error) { return unix.Read(int(fd), buf[:]) })
	switch {
	case err == unix.EAGAIN:
		buffers.Put(buf)
		return false
	case err != nil:
		n, err = 0, os.NewSyscallError("read", err)
	case n == 0:
		err = io.EOF
	}
	s.buf, s.n, s.err = buf, n, err
	return true
}
