//go:build !unix

package handover

// Waiting is not known here.
func (l *Listener) Waiting() bool { return false }
