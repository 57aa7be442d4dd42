//go:build unix

package parley

import (
	"io"
	"net"
	"os"
	"syscall"
)

// A dataSource reads for ReadFrom.
type dataSource struct {
	readerSource
	raw  syscall.RawConn // nil: the reader is just read
	read rawRead
}

func newSource(r io.Reader) *dataSource {
	s := &dataSource{readerSource: readerSource{r: r}}
	if conn, ok := r.(net.Conn); ok {
		s.raw = rawConn(conn)
	}
	return s
}

// next gives a buffer with n bytes in it, to be given back.
func (s *dataSource) next() (buf []byte, n int, err error) {
	if s.raw == nil {
		return s.readerSource.next()
	}
	s.read = rawRead{big: s.read.n >= smallBuffer, most: maxSend}
	err = s.raw.Read(s.read.try)
	if err == nil {
		err = s.read.err
	}
	if errno, ok := err.(syscall.Errno); ok {
		err = os.NewSyscallError("read", errno)
	}
	return s.read.buf, s.read.n, err
}
