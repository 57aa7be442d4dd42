package parley

import "net"

// A Listener accepts connections and runs their handshakes on goroutines of its
// own, at most Config.MaxHandshakes at a time, each within
// Config.HandshakeTimeout.
type Listener struct{}

// Listen serves TLS on a TCP or Unix address. A Config that cannot work is an
// error that names the field.
func Listen(network, address string, config *Config) (*Listener, error) { return nil, nil }

// NewListener serves TLS on what inner accepts.
func NewListener(inner net.Listener, config *Config) (*Listener, error) { return nil, nil }

// Accept returns the next *Conn whose handshake is complete, the second half of
// an isolated one included. Failed handshakes go to Config.Events and never end
// Accept; the inner listener's errors are passed on.
func (l *Listener) Accept() (net.Conn, error) { return nil, nil }

// SetConfig is for connections accepted from now on; on an error nothing changes.
func (l *Listener) SetConfig(config *Config) error { return nil }

// Close stops accepting and ends unfinished handshakes; accepted Conns live on.
func (l *Listener) Close() error { return nil }

// Addr is the inner listener's.
func (l *Listener) Addr() net.Addr { return nil }
