package clientcert

import (
	"crypto/x509"
	"fmt"
	"time"

	"github.com/parley-tls/parley/internal/wire"
)

// The findings that are made here.
const (
	FindingRevoked    = "client-cert-revoked"
	FindingUnchecked  = "client-cert-unchecked"
	FindingNotAllowed = "client-cert-not-allowed"
)

// revoked is the fault of a certificate that its issuer took back.
func revoked(c *x509.Certificate, e *x509.RevocationListEntry) *wire.Fault {
	return refused(wire.AlertCertificateRevoked, FindingRevoked, c, "was revoked on "+e.RevocationTime.UTC().Format(time.DateOnly)+reason(e.ReasonCode))
}

// unchecked is the fault of one of which nobody can say whether it is revoked. RFC
// 5246, section 7.2.2, has certificate_unknown for other issues in processing it.
func unchecked(c *x509.Certificate, why string) *wire.Fault {
	return refused(wire.AlertCertificateUnknown, FindingUnchecked, c, "cannot be checked for revocation: "+why)
}

// notAllowed is the fault of one that the operator did not name: RFC 5246, section
// 7.2.2, has access_denied for a valid one that access control turns away.
func notAllowed(c *x509.Certificate) *wire.Fault {
	return refused(wire.AlertAccessDenied, FindingNotAllowed, c, "is valid, and none of its names is among those of client_auth.allow")
}

func refused(alert wire.Alert, finding string, c *x509.Certificate, why string) *wire.Fault {
	return &wire.Fault{Alert: alert, Finding: finding, Reason: fmt.Sprintf("the client's certificate is refused: %s, serial number %s, %s", short(c.Subject.String()), short(fmt.Sprintf("%x", c.SerialNumber)), why)}
}

// short bounds and escapes a name.
func short(name string) string {
	const most = 80
	if len(name) > most {
		name = name[:most] + "..."
	}
	return wire.Printable(name)
}

// reasons are RFC 5280's, section 5.3.1.
var reasons = map[int]string{
	1: "keyCompromise", 2: "cACompromise", 3: "affiliationChanged", 4: "superseded", 5: "cessationOfOperation",
	6: "certificateHold", 9: "privilegeWithdrawn", 10: "aACompromise",
}

func reason(code int) string {
	if name, ok := reasons[code]; ok {
		return " (" + name + ")"
	}
	return ""
}
