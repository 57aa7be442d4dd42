package legacyclient

import (
	"errors"
	"os"
	"time"

	"github.com/parley-tls/parley/internal/wire"
)

// AwaitEnd reads and drops what the server sends, until it ends the connection.
// The error says how: an *AlertError, io.EOF after close_notify,
// io.ErrUnexpectedEOF without. A server that has not ended it after
// Options.Timeout is os.ErrDeadlineExceeded.
func (c *Client) AwaitEnd() error {
	for end := time.Now().Add(c.o.Timeout); ; {
		if time.Now().After(end) {
			return os.ErrDeadlineExceeded
		}
		r, err := c.ReadRecord()
		if err != nil {
			return err
		}
		if r.Type != wire.TypeAlert {
			continue
		}
		if err := c.takeAlertInHandshake(r.Payload); err != nil && !isRefusal(err) {
			return err
		}
	}
}

// ending gives the alert that waits to be read, if err came of writing to a
// server that had already ended the connection; else err.
func (c *Client) ending(err error) error {
	if err == nil || c.in.err != nil || isTimeout(err) || isRefusal(err) {
		return err
	}
	if end := c.AwaitEnd(); end != nil {
		if _, ok := AlertOf(end); ok {
			return end
		}
	}
	return err
}

func isRefusal(err error) bool { return errors.Is(err, ErrRefused) }
