package visit

import (
	"crypto/tls"
	"errors"
	"net"
	"time"

	"github.com/parley-tls/parley/internal/wire"
)

const tls13 = "TLS 1.3"

// tryTLS13 asks with Go's own client, which this one is not: what it plays does
// not happen in TLS 1.3.
func (g *surveyor) tryTLS13() error {
	dialer := net.Dialer{Timeout: g.plan.timeout}
	conn, err := dialer.DialContext(g.ctx, "tcp", g.plan.address)
	if err != nil {
		return NoConnection{err}
	}
	defer conn.Close()
	g.count++
	if err := conn.SetDeadline(time.Now().Add(g.plan.timeout)); err != nil {
		return err
	}
	c := tls.Client(conn, &tls.Config{
		MinVersion: tls.VersionTLS13, ServerName: g.plan.options.ServerName,
		InsecureSkipVerify: true, // it looks, and sends nothing
	})
	row := VersionRow{Name: tls13}
	err = c.HandshakeContext(g.ctx)
	row.Taken = err == nil
	var alert tls.AlertError
	switch {
	case err == nil:
		_ = c.Close()
	case errors.As(err, &alert):
		row.Was = "cut off with the alert " + wire.Alert(alert).String()
	default:
		row.Was = "no handshake came about"
	}
	if err := g.ctx.Err(); err != nil {
		return err
	}
	g.survey.Versions = append([]VersionRow{row}, g.survey.Versions...)
	return nil
}
