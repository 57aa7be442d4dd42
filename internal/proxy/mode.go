package proxy

import (
	"strings"
)

// checkMode has an observing listener pass everything through: what it would be
// told about TLS could do nothing, and whoever wrote it expects otherwise.
func (o Options) checkMode(s *Settings) (err error) {
	if s.Observe, err = choose("mode", o.Mode, choice[bool]{"serve", false}, choice[bool]{"observe", true}); err != nil || !s.Observe {
		return err
	}
	for _, word := range o.aboutTLS() {
		if word.value != "" {
			return &SettingError{Name: word.name, Value: word.value, Problem: "under --mode observe no TLS is ended here, so that this does nothing", Advice: "leave it out until the listener serves"}
		}
	}
	if o.Backend == "" {
		return &SettingError{Name: "mode", Value: o.Mode, Problem: "there is nothing to pass the clients to", Advice: "name the TLS server that serves them today with --backend"}
	}
	return nil
}

// checkPassed finds backends that nobody's TLS can be passed to.
func (o Options) checkPassed(s *Settings) error {
	switch {
	case !s.Observe:
		return nil
	case s.Backend.TLS != nil:
		return &SettingError{Name: "backend", Value: o.Backend, Problem: "it is spoken to by TLS, and what is passed through is TLS already", Advice: "name an entry without tls"}
	case len(s.Routes) > 0:
		return &SettingError{Name: "routes", Problem: "under --mode observe all clients go to the backend", Advice: "leave them out"}
	}
	return nil
}

// A word is what a setting was given.
type word struct{ name, value string }

// aboutTLS are the settings that say how TLS is ended.
func (o Options) aboutTLS() []word {
	list := func(l []string) string { return strings.Join(l, ",") }
	return []word{
		{"cert", list(o.Certs)}, {"key", list(o.Keys)}, {"profile", o.Profile}, {"trial", list(o.Trial.words())},
		{"secure", o.Secure}, {"reset", o.Reset}, {"bare", o.Bare}, {"restart", o.Restart},
		{"trust-from", list(o.TrustFrom)}, {"trust-until", o.TrustUntil},
		{"min-version", o.MinVersion}, {"max-version", o.MaxVersion}, {"suites", list(o.Suites)}, {"alpn", list(o.ALPN)},
		{"client-auth", o.ClientAuth}, {"client-ca", o.ClientCA}, {"client-crl", list(o.ClientCRLs)}, {"client-crl-expired", o.ClientCRLExpired}, {"client-allow", list(o.ClientAllow)}, {"tickets", o.Tickets}, {"session-ids", o.SessionIDs},
		{"ration-connection", o.RationConnection}, {"ration-connection-per-second", o.RationConnectionPerSecond}, {"ration-source", o.RationSource}, {"ration-source-per-second", o.RationSourcePerSecond},
		{"max-handshakes", o.MaxHandshakes}, {"truncation", o.Truncation}, {"handshake-timeout", o.HandshakeTimeout}, {"renegotiate-timeout", o.RenegotiateTimeout},
	}
}
