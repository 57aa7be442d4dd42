package upstream

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/parley-tls/parley/internal/wire"
)

// A server that comes and goes is told of so often in so long, and then only when
// the time is over.
const (
	maxTold  = 6
	toldSpan = 10 * time.Minute
)

// A teller logs the changes of one server. The server's mutex guards it.
type teller struct {
	log    *slog.Logger
	pool   *Pool
	down   bool        // as it was told last
	untold int         // changes since
	times  []time.Time // of what was told of late
}

// tell logs how a server is, if that is not what was told last.
func (t *teller) tell(s *server, now time.Time) {
	down := !s.isUp()
	if down == t.down || !t.may(now) {
		return
	}
	about := []any{"backend", s.backend.Name, "server", s.address.String()}
	if t.untold > 1 {
		about = append(about, "changes_not_told", t.untold-1)
	}
	t.down, t.untold = down, 0
	if !down {
		t.log.Info("a backend's server is back", about...)
		return
	}
	about = append(about, "error", wire.Printable(bounded(s.why.Error())), "do", adviceFor(s.why))
	t.log.Warn("a backend's server is down: "+t.others(s), about...)
}

// may says whether a change may be told now.
func (t *teller) may(now time.Time) bool {
	for len(t.times) > 0 && now.Sub(t.times[0]) > toldSpan {
		t.times = t.times[1:]
	}
	if len(t.times) >= maxTold {
		return false
	}
	t.times = append(t.times, now)
	return true
}

// others says what becomes of the streams of a server that is down.
func (t *teller) others(s *server) string {
	for _, other := range t.pool.servers {
		if other != s && other.isUp() {
			return "the others take its streams"
		}
	}
	return "it is tried all the same, since no other is up"
}

// adviceFor is what helps against an error.
func adviceFor(err error) string {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var noTLS tls.RecordHeaderError
	var lookup *net.DNSError
	_, alerted := alertOf(err)
	switch {
	case errors.As(err, &unknown):
		return "set tls.ca to the certificate of the authority that it has its own of"
	case errors.As(err, &name):
		return "set tls.name to a name that its certificate has"
	case errors.As(err, &invalid):
		return "renew its certificate"
	case errors.As(err, &noTLS):
		return "it speaks no TLS there: name the port where it does, or take tls out"
	case alerted:
		return "look at its log; if it asks for a certificate, set tls.cert and tls.key to one that it takes"
	case errors.As(err, &lookup):
		return "look whether the name is right, and whether this machine can look it up"
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, os.ErrNotExist):
		return "start it, or correct its address"
	case errors.Is(err, os.ErrPermission):
		return "let this user open the socket"
	}
	return "look whether it is running, and whether a firewall is in the way"
}

// maxText bounds a text that a peer may have had a part in.
const maxText = 255

func bounded(s string) string {
	if len(s) <= maxText {
		return s
	}
	return s[:maxText] + "..."
}
