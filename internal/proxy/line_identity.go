package proxy

import (
	"crypto/tls"
	"log/slog"

	"github.com/parley-tls/parley/internal/wire"
)

// identity says who the client is and what was agreed when the stream began.
func (x *session) identity(t *story) []slog.Attr {
	out := []slog.Attr{slog.String("client", x.client.RemoteAddr().String())}
	if through, ok := x.client.NetConn().(*proxied); ok {
		out = append(out, slog.String("balancer", through.socket.RemoteAddr().String()))
	}
	if x.first.ServerName != "" {
		out = append(out, slog.String("sni", bounded(x.first.ServerName)))
	}
	out = append(out, x.agreed()...)
	if x.first.Resumed {
		out = append(out, slog.String("resumed_by", t.resumedBy(x.first.Version)))
	}
	if t.ja3 != "" {
		out = append(out, slog.String("ja3", t.ja3), slog.String("ja4", t.ja4))
	}
	return out
}

// agreed is what the first handshake came to.
func (x *session) agreed() []slog.Attr {
	out := []slog.Attr{
		slog.String("version", wire.Version(x.first.Version).String()),
		slog.String("suite", wire.SuiteID(x.first.CipherSuite).String()),
	}
	if x.first.Curve != 0 {
		out = append(out, slog.String("group", wire.Group(x.first.Curve).String()))
	}
	if x.first.ALPN != "" {
		out = append(out, slog.String("alpn", bounded(x.first.ALPN)))
	}
	return append(out, slog.Bool("ems", x.first.ExtendedMasterSecret), slog.Bool("secure_renegotiation", x.first.SecureRenegotiation), slog.Bool("resumed", x.first.Resumed))
}

// resumedBy says what a client named a session by that was resumed. A ticket
// goes before an id, whose place it takes (RFC 5077, section 3.4); TLS 1.3 has
// tickets only.
func (t *story) resumedBy(version uint16) string {
	if t.ticket || version == tls.VersionTLS13 {
		return "ticket"
	}
	return "id"
}
