package proxy

import (
	"crypto/tls"
	"log/slog"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/clientcert"
)

// config makes the library's Config by some settings. It shares sessions and
// rations with another, and tells and logs keys to whom that one does. The guard
// is the one that judges its clients' certificates.
func (s *Server) config(settings *Settings, like *parley.Config) (*parley.Config, *clientcert.Guard, error) {
	config, err := settings.config(like, s.commons.spare)
	if err != nil {
		return nil, nil, err
	}
	guard, err := s.guarded(settings, config)
	if err != nil {
		return nil, nil, err
	}
	config.Answer, config.ForClient = nil, nil
	config.TicketKeys = s.commons.tickets.In(settings.scope())
	if config.Sessions, err = s.commons.store(settings); err != nil {
		return nil, nil, err
	}
	if t := settings.Trust; !t.none() {
		config.Answer = (&truster{trust: t, log: s.log, now: time.Now}).answer
	}
	if all := settings.Permissions; len(all) > 0 {
		config.ForClient = newPermitter(all, config).forClient
	}
	if len(settings.Routes) > 0 && settings.Backend == nil {
		config.ForClient = withRoutes(settings.Routes.Ended(), config.ForClient)
	}
	return config, guard, nil
}

// config reads the files. Its Config shares sessions and rations with another.
func (s *Settings) config(like *parley.Config, spare *Spare) (*parley.Config, error) {
	config := like.Clone()
	config.MinVersion = s.MinVersion
	config.MaxVersion = s.MaxVersion
	config.CipherSuites = s.Suites
	config.ALPN = s.ALPN
	config.ClientAuth = s.ClientAuth
	config.Policy = s.Policy
	config.NoTickets = s.NoTickets
	config.NoSessionIDs = s.NoSessionIDs
	config.MaxHandshakes = s.MaxHandshakes
	config.HandshakeTimeout = s.Handshake
	config.RenegotiateTimeout = s.Renegotiate
	var err error
	if config.Certificates, err = s.certificates(spare); err != nil {
		return nil, err
	}
	config.ClientCAs = nil
	if s.ClientCA != "" {
		if config.ClientCAs, err = loadPool(s.ClientCA); err != nil {
			return nil, err
		}
	}
	return config, nil
}

// certificates are those of the files, or the pair for who has none. Who observes
// shows none.
func (s *Settings) certificates(spare *Spare) ([]tls.Certificate, error) {
	switch {
	case s.Observe:
		return nil, nil
	case len(s.Certs) > 0:
		return loadCertificates(s.Certs, s.Keys)
	}
	return spare.certificates()
}

// warn says at start which settings weaken connections, and how.
func (s *Settings) warn(log *slog.Logger, certificates []tls.Certificate, now time.Time) {
	if s.Observe {
		log.Info("observing: everything is passed through to the backend, which ends TLS, and what is in clear is told", "backend", s.Backend.String())
		s.warnBackends(log, now)
		return
	}
	if len(s.Certs) == 0 {
		tellSelfSigned(log, certificates)
	}
	warnCertificates(log, certificates, now)
	s.warnSuites(log, certificates)
	s.Trust.warn(log, now)
	if s.KeyLog != "" {
		log.Warn("the keys of all connections are written to a file: whoever reads it reads them", "key_log", s.KeyLog)
	}
	if s.CloseTruncated {
		log.Warn("streams cut short end at the backend as if they were whole: anyone on the path can cut one", "truncation", "close")
	}
	s.warnBackends(log, now)
	s.warnRoutes(log)
	if s.echoes() {
		log.Info("no backend was given: what a client sends is sent back to it")
	}
}
