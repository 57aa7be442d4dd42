package proxy

import (
	"context"
	"fmt"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/upstream"
	"github.com/parley-tls/parley/internal/wire"
)

// A chooser is parley.Config's ForClient.
type chooser func(context.Context, *parley.ClientInfo) (*parley.Config, error)

// withRoutes refuses clients that no route fits, in their handshake, where nothing
// else has the rest. It asks another chooser about the others.
func withRoutes(routes upstream.Routes, ask chooser) chooser {
	return func(ctx context.Context, hello *parley.ClientInfo) (*parley.Config, error) {
		if err := refused(routes, hello.ServerName, hello.ALPN); err != nil || ask == nil {
			return nil, err
		}
		return ask(ctx, hello)
	}
}

// refused says why a hello goes nowhere; nil: it goes somewhere.
func refused(routes upstream.Routes, name string, offered []string) error {
	switch {
	case routes.Match(name, offered) != nil:
		return nil
	case routes.Knows(name):
		// RFC 7301, section 3.2.
		return &parley.Error{Alert: uint8(wire.AlertNoApplicationProtocol), Sent: true, Reason: fmt.Sprintf("no route is for the server name %q with any of the protocols %q that the client offers", name, offered)}
	}
	// RFC 6066, section 3: to go on, or this alert. Nothing is there to go on with.
	return &parley.Error{Alert: uint8(wire.AlertUnrecognizedName), Sent: true, Finding: findingName, Reason: fmt.Sprintf("no route is for the server name %q", name)}
}

// findingName is the id of a name that the server does not have.
const findingName = "cert-name"
