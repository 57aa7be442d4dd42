package proxy

import (
	"crypto/tls"
	"slices"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/clientcert"
	"github.com/parley-tls/parley/internal/proxy/telemetry"
)

// checkClientNames checks what is asked of a client's certificate beyond its
// authority.
func (o Options) checkClientNames(s *Settings) (err error) {
	for _, asked := range []struct {
		name  string
		words []string
	}{{"client-crl", o.ClientCRLs}, {"client-allow", o.ClientAllow}} {
		if len(asked.words) > 0 && s.ClientAuth == tls.NoClientCert {
			return &SettingError{Name: asked.name, Value: asked.words[0], Problem: "no client is asked for a certificate", Advice: "add --client-auth request or --client-auth require"}
		}
	}
	if slices.Contains(o.ClientCRLs, "") {
		return &SettingError{Name: "client-crl", Problem: "the file's name is empty", Advice: "name the file, or leave --client-crl out"}
	}
	s.ClientCRLs = o.ClientCRLs
	names, bad, why := clientcert.ParseNames(o.ClientAllow)
	if why != "" {
		return &SettingError{Name: "client-allow", Value: bad, Problem: why, Advice: "write a common name, a DNS name, a URI, an address of mail, or a SHA-256 as openssl x509 -fingerprint -sha256 prints it"}
	}
	s.ClientAllow = names
	s.ExpiredCRLs, err = choose("client-crl-expired", o.ClientCRLExpired, choice[bool]{"refuse", false}, choice[bool]{"accept", true})
	if err == nil && o.ClientCRLExpired != "" && len(o.ClientCRLs) == 0 {
		return &SettingError{Name: "client-crl-expired", Value: o.ClientCRLExpired, Problem: "there is no revocation list", Advice: "name one with --client-crl, or leave --client-crl-expired out"}
	}
	return err
}

// guard has a Config judge client certificates as the settings say.
func (s *Settings) guard(config *parley.Config) (*clientcert.Guard, error) {
	g := &clientcert.Guard{Allow: s.ClientAllow, Now: time.Now}
	config.VerifyConnection = nil
	if len(s.ClientCRLs) > 0 {
		authorities, err := readPEM(s.ClientCA)
		if err != nil {
			return nil, err
		}
		if g.Revocation, err = clientcert.Load(s.ClientCRLs, authorities.certificates, s.ExpiredCRLs); err != nil {
			return nil, &SettingError{Name: "client-crl", Problem: err.Error()}
		}
		g.Authorities = authorities.certificates
	}
	if g.Needed() {
		config.VerifyConnection = g.Verify
	}
	return g, nil
}

// guarded is guard where a server runs: its open connections are held to the newest
// lists.
func (s *Server) guarded(settings *Settings, config *parley.Config) (*clientcert.Guard, error) {
	g, err := settings.guard(config)
	if err == nil {
		g.Stale = s.tellStale
		g.Newest = func() *clientcert.Revocation { return s.current.Load().guard.Revocation }
	}
	return g, err
}

// tellStale counts a client that is served by a list that is out of date, and says
// once a day of each list that there are some.
func (s *Server) tellStale(l *clientcert.List) {
	s.telemetry.StaleListAccepted()
	day := time.Now().UTC().Format(time.DateOnly)
	if before, _ := s.staleTold.Swap(l.Issuer, day); before != day {
		s.log.Warn("clients are served though the revocation list of their issuer has expired: they may have been revoked since",
			"issuer", l.Issuer, "file", l.File, "next_update", l.Next, "do", "fetch the new one from the authority")
	}
}

// listEnds are the revocation lists that client certificates are held against now.
func (s *Server) listEnds() (out []telemetry.List) {
	for _, l := range s.current.Load().guard.Lists() {
		out = append(out, telemetry.List{Issuer: l.Issuer, Next: l.Next})
	}
	return out
}
