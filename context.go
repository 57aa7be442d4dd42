package parley

import (
	"context"
	"net"
)

type contextKey struct{}

// ConnContext fits http.Server.ConnContext: with it, FromContext finds the Conn
// that a request came on.
func ConnContext(ctx context.Context, c net.Conn) context.Context {
	if c, ok := c.(*Conn); ok {
		return context.WithValue(ctx, contextKey{}, c)
	}
	return ctx
}

// FromContext gives the Conn that ConnContext put there, or nil. It is live: its
// State tells of renegotiations that http.Request.TLS does not know.
func FromContext(ctx context.Context) *Conn {
	c, _ := ctx.Value(contextKey{}).(*Conn)
	return c
}
