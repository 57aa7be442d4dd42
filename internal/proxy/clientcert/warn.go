package clientcert

import (
	"log/slog"
	"time"
)

// Warn says at start which lists do not hold, or not for long, and which
// authorities have none.
func (g *Guard) Warn(log *slog.Logger, now time.Time) {
	r := g.Revocation
	if r == nil {
		return
	}
	for _, l := range r.Lists {
		r.warn(l, log, now)
	}
	for _, a := range g.Authorities {
		if len(r.of(a)) == 0 {
			log.Warn("an authority of client_auth.ca has no revocation list: the certificates that it issued are refused", "authority", a.Subject.String(), "do", "name its list under client_auth.crl too")
		}
	}
}

func (r *Revocation) warn(l *List, log *slog.Logger, now time.Time) {
	what := "clients with a certificate of this issuer are refused"
	if r.expired {
		what = "clients with a certificate of this issuer are served, though it may have been revoked since"
	}
	about := []any{"issuer", l.Issuer, "file", l.File, "next_update", l.Next}
	switch {
	case !l.holds(now) && now.Before(l.Next):
		log.Warn("a revocation list is not valid yet; is this machine's clock right?", "issuer", l.Issuer, "file", l.File, "this_update", l.This)
	case !l.holds(now):
		log.Warn("a revocation list has expired: "+what, append(about, "do", "fetch the new one from the authority")...)
	case l.Next.Sub(now) < l.Next.Sub(l.This)/10:
		log.Warn("a revocation list expires soon, and then "+what, append(about, "do", "fetch the new one from the authority")...)
	}
}
