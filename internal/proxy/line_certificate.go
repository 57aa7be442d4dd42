package proxy

import (
	"crypto/x509"
	"fmt"
	"log/slog"

	"github.com/parley-tls/parley/internal/proxy/clientcert"
)

// sumShown is how much of a certificate's SHA-256 a line has: enough to find it.
const sumShown = 16

// clientCertificateAttributes are what a line says of the client's certificate; none, nothing.
func clientCertificateAttributes(chain []*x509.Certificate) []slog.Attr {
	if len(chain) == 0 {
		return nil
	}
	c := chain[0]
	return []slog.Attr{slog.Group("client_cert",
		slog.String("subject", bounded(c.Subject.String())),
		slog.String("serial", bounded(fmt.Sprintf("%x", c.SerialNumber))),
		slog.String("sha256", clientcert.Sum(c)[:sumShown]))}
}
