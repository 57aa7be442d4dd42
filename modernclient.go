package parley

import (
	"crypto/tls"
	"errors"
	"fmt"

	"github.com/parley-tls/parley/internal/wire"
)

// modernNoCertificate is how crypto/tls says that a client has none to show. It has
// no type of its own; a test holds us to the text.
const modernNoCertificate = "tls: client didn't provide a certificate"

// modernClientFault says of an error of crypto/tls's handshake what our own would
// say, if it is about the client's certificate; nil: it is not.
func modernClientFault(err error) *wire.Fault {
	var verification *tls.CertificateVerificationError
	switch {
	case errors.As(err, &verification):
		return &wire.Fault{Alert: modernAlertFor(verification.Err), Finding: "client-cert-refused", Reason: fmt.Sprintf("the client's certificate is refused: %v", verification.Err)}
	case err.Error() == modernNoCertificate:
		return &wire.Fault{Alert: wire.AlertCertificateRequired, Finding: "client-cert-missing", Reason: "a client certificate is required and there is none"}
	}
	return nil
}

// modernAlertFor is the alert that crypto/tls sends: it has none for a certificate
// that is not for client authentication.
func modernAlertFor(err error) wire.Alert {
	if a := alertFor(err); a != wire.AlertUnsupportedCertificate {
		return a
	}
	return wire.AlertBadCertificate
}

// modernRefusal is refusal, with the only alert that crypto/tls has for it.
func modernRefusal(err error, cs tls.ConnectionState) error {
	var p *peer
	if len(cs.PeerCertificates) > 0 {
		p = new(peer)
	}
	var fault *wire.Fault
	if errors.As(refusal(err, p), &fault) {
		said := *fault
		said.Alert = wire.AlertBadCertificate
		return &said
	}
	return nil
}
