//go:build !unix

package parley

import "io"

// newSource reads for ReadFrom.
func newSource(r io.Reader) *readerSource { return &readerSource{r: r} }
