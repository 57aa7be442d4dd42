package passage

import (
	"os"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// spliced is how much is moved at a time; a pipe holds as much.
const spliced = 64 << 10

// A pipe is what splice(2) moves bytes through. It is empty while nobody has it.
type pipe struct{ r, w int }

var pipes = sync.Pool{New: func() any {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return (*pipe)(nil) // there are no descriptors left, perhaps
	}
	p := &pipe{fds[0], fds[1]}
	runtime.AddCleanup(p, func(fds [2]int) { _, _ = unix.Close(fds[0]), unix.Close(fds[1]) }, fds)
	return p
}}

// A splicer moves one direction's bytes without reading them. Unlike the standard
// library's it holds a pipe, and its two descriptors, only while there are bytes,
// and can be asked meanwhile how many there were.
type splicer struct {
	pipe *pipe // nil: nothing is under way
	n    int   // bytes in it
	err  error
}

// splice moves bytes until from says no more or one of the two breaks; false: what
// is left has to be copied, since splice(2) cannot.
func splice(from, to *end) (why *broken, done bool) {
	in, out := rawOf(from.Conn), rawOf(to.Conn)
	if in == nil || out == nil {
		return nil, false
	}
	var s splicer
	defer s.drop()
	fill, drain := s.fill, s.drain
	for {
		err := in.Read(fill)
		switch {
		case err != nil:
			return &broken{from, err}, true
		case s.err == unix.EINVAL || s.err == unix.ENOSYS || s.err == unix.EMFILE:
			return nil, false
		case s.err != nil:
			return &broken{from, os.NewSyscallError("splice", s.err)}, true
		case s.n == 0:
			return nil, true
		}
		n := s.n
		if err := out.Write(drain); err != nil {
			return &broken{to, err}, true
		}
		if s.err != nil {
			return &broken{to, os.NewSyscallError("splice", s.err)}, true
		}
		from.said.Add(int64(n))
		pipes.Put(s.pipe)
		s.pipe = nil
	}
}

// fill moves what the socket has into a pipe, once there is something.
func (s *splicer) fill(fd uintptr) bool {
	if s.pipe = pipes.Get().(*pipe); s.pipe == nil {
		s.err = unix.EMFILE
		return true
	}
	n, err := move(int(fd), s.pipe.w, spliced)
	if err == unix.EAGAIN {
		pipes.Put(s.pipe)
		s.pipe = nil
		return false
	}
	s.n, s.err = n, err
	return true
}

// drain moves all that is in the pipe out of it.
func (s *splicer) drain(fd uintptr) bool {
	for s.n > 0 {
		n, err := move(s.pipe.r, int(fd), s.n)
		switch {
		case err == unix.EAGAIN:
			return false
		case err != nil:
			s.err = err
			return true
		}
		s.n -= n
	}
	return true
}

func move(from, to, most int) (int, error) {
	return ignoringEINTR(func() (int, error) {
		n, err := unix.Splice(from, nil, to, nil, most, unix.SPLICE_F_NONBLOCK|unix.SPLICE_F_MOVE)
		return int(n), err
	})
}

// drop gives the pipe back if nothing is in it; one with bytes in it is closed
// when nobody knows it any more.
func (s *splicer) drop() {
	if s.pipe != nil && s.n == 0 {
		pipes.Put(s.pipe)
	}
}
