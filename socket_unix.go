//go:build unix

package parley

import (
	"io"
	"net"
	"syscall"
)

// rawConn gives the way to wait for bytes without a buffer. Only the types of
// package net are asked: another may do more in its Read than its socket does.
func rawConn(conn net.Conn) syscall.RawConn {
	var raw syscall.RawConn
	var err error
	switch c := conn.(type) {
	case *net.TCPConn:
		raw, err = c.SyscallConn()
	case *net.UnixConn:
		raw, err = c.SyscallConn()
	default:
		return nil
	}
	if err != nil {
		return nil
	}
	return raw
}

// A rawRead is one read from a descriptor.
type rawRead struct {
	buf  []byte // where to; nil: a buffer is taken once there are bytes
	from int
	most int // bytes at a time; zero: as many as the buffer takes
	big  bool
	n    int
	err  error
}

// try is called when there may be bytes, by syscall.RawConn's rules: false waits.
func (r *rawRead) try(fd uintptr) bool {
	buf := r.buf
	if buf == nil {
		buf = takeBuffer(r.big)
	}
	free := buf[r.from:]
	if r.most > 0 {
		free = free[:min(r.most, len(free))]
	}
	n, err := readDescriptor(int(fd), free)
	if n <= 0 && r.buf == nil {
		giveBuffer(buf)
		buf = nil
	}
	if err == syscall.EAGAIN {
		return false
	}
	r.buf, r.n, r.err = buf, max(n, 0), err
	if n == 0 && err == nil {
		r.err = io.EOF
	}
	return true
}

func readDescriptor(fd int, b []byte) (int, error) {
	for {
		n, err := syscall.Read(fd, b)
		if err != syscall.EINTR {
			return n, err
		}
	}
}

// readRaw reads into the input's buffer, or into one taken when there are bytes.
func (t *transport) readRaw() ([]byte, int, error) {
	r := &t.rawRead
	*r = rawRead{buf: t.in.buf, from: t.in.to, big: t.in.bulk}
	if t.tryRead == nil {
		t.tryRead = r.try
	}
	err := t.raw.Read(t.tryRead)
	if err == nil {
		err = r.err
	}
	buf, n := r.buf, r.n
	*r = rawRead{}
	return buf, n, err
}

// glance reads what has come, without waiting, if nobody waits for it.
func (t *transport) glance() {
	in := &t.in
	if t.raw == nil || t.pumping || t.current.end != nil || in.to > 0 && in.to == len(in.buf) {
		return
	}
	// What lies in the buffer already may be half delivered: it stays where it is.
	buf := in.buf
	if buf == nil {
		buf = takeBuffer(in.bulk)
	}
	r := &t.rawRead
	*r = rawRead{buf: buf, from: in.to}
	if t.look == nil {
		t.look = r.look
	}
	_ = t.raw.Control(t.look) // an error comes again, to who reads
	if r.n > 0 {
		in.buf = buf
		in.to += r.n
	} else if in.buf == nil {
		giveBuffer(buf)
	}
	*r = rawRead{}
}

// look reads what is there. An end or an error comes again, to who reads.
func (r *rawRead) look(fd uintptr) { r.n, _ = readDescriptor(int(fd), r.buf[r.from:]) }

// writeNow writes what the socket takes without waiting.
func (t *transport) writeNow(b []byte) (int, error) {
	if t.raw == nil {
		return 0, nil
	}
	n := 0
	var failed error
	err := t.raw.Write(func(fd uintptr) bool {
		for n < len(b) {
			m, err := syscall.Write(int(fd), b[n:])
			switch {
			case err == syscall.EINTR:
				continue
			case err == syscall.EAGAIN:
				return true
			case err != nil:
				failed = err
				return true
			}
			n += m
		}
		return true
	})
	if err == nil {
		err = failed
	}
	return n, err
}
