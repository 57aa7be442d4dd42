//go:build !unix

package parley

import "io"

// A dataSource reads for ReadFrom.
type dataSource struct{ r io.Reader }

func newSource(r io.Reader) *dataSource { return &dataSource{r: r} }

// next gives a buffer with n bytes in it, to be given back.
func (s *dataSource) next() (buf []byte, n int, err error) {
	buf = takeBuffer(true)
	n, err = s.r.Read(buf[:maxSend])
	return buf, n, err
}
