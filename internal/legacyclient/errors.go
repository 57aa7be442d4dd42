package legacyclient

import (
	"errors"

	"github.com/parley-tls/parley/internal/wire"
)

// ErrRefused is the server's warning no_renegotiation: the connection goes on
// under the keys in use.
var ErrRefused = errors.New("the server refuses to renegotiate (no_renegotiation)")

// ErrAsked is a HelloRequest that came, where ReactTell says that Read tells it.
var ErrAsked = errors.New("the server asked for a renegotiation (HelloRequest)")

// ErrMismatch is the client's refusal of ServerHello's renegotiation_info.
var ErrMismatch = errors.New("renegotiation mismatch")

// ErrCrossed is application data where a handshake message was due, which the
// founding client cannot take.
var ErrCrossed = errors.New("unexpected record: application data crossed the handshake")

// An AlertError is an alert that the server sent, and that ended the connection.
type AlertError struct {
	Level wire.AlertLevel
	Alert wire.Alert
	// OldKeys: it came under keys that the client, which restarted in clear, should
	// have forgotten. A real one could not have read it.
	OldKeys bool
}

// Error names the alert.
func (e *AlertError) Error() string {
	text := "the server sent the " + e.Level.String() + " alert " + e.Alert.String()
	if e.OldKeys {
		text += " under the keys that the client forgot"
	}
	return text
}

// AlertOf gives the alert that an error is about, if the server sent one.
func AlertOf(err error) (wire.Alert, bool) {
	var alert *AlertError
	if errors.As(err, &alert) {
		return alert.Alert, true
	}
	return 0, false
}

// An UnspokenError is the server's choice of something that the client's hello
// offers, as a real client's does, and this client cannot do. The server did
// nothing wrong.
type UnspokenError struct {
	What string // "the cipher suite TLS_DHE_RSA_WITH_AES_256_CBC_SHA"
}

// Error names it.
func (e *UnspokenError) Error() string {
	return "the server chose " + e.What + ", which this client offers and cannot do"
}

// unspoken gives up politely.
func (c *Client) unspoken(what string) error {
	_ = c.SendAlert(wire.LevelWarning, wire.AlertUserCanceled)
	return c.over(&UnspokenError{what})
}
