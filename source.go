package parley

import "io"

// A readerSource reads for ReadFrom from what is no socket of package net, and so
// cannot be waited for without a buffer: a connection by TLS, a file.
type readerSource struct {
	r      io.Reader
	filled bool // the last read filled its buffer, so that there may be more at once
}

// next gives a buffer with n bytes in it, to be given back. The one that waits is
// small, and a little smaller than round: a message of a round length does not
// leave a big one waiting behind it.
func (s *readerSource) next() (buf []byte, n int, err error) {
	buf = takeBuffer(s.filled)
	room := buf[:min(maxSend, len(buf)-1)]
	n, err = s.r.Read(room)
	s.filled = n == len(room)
	return buf, n, err
}
