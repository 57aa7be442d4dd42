package proxy

import (
	"crypto/tls"
	"log/slog"
	"time"

	"github.com/parley-tls/parley"
)

// config reads the files and makes the library's Config.
func (s *Server) config() (*parley.Config, error) {
	set := s.settings
	config := &parley.Config{
		MinVersion:         set.MinVersion,
		MaxVersion:         set.MaxVersion,
		CipherSuites:       set.Suites,
		ALPN:               set.ALPN,
		ClientAuth:         set.ClientAuth,
		Policy:             set.Policy,
		NoTickets:          set.NoTickets,
		NoSessionIDs:       set.NoSessionIDs,
		HandshakeTimeout:   set.Handshake,
		RenegotiateTimeout: set.Renegotiate,
		Events:             s.stories.observe,
	}
	if !set.Trust.none() {
		config.Answer = (&truster{trust: set.Trust, log: s.log, now: time.Now}).answer
	}
	var err error
	if config.Certificates, err = set.certificates(); err != nil {
		return nil, err
	}
	if set.ClientCA != "" {
		if config.ClientCAs, err = loadPool(set.ClientCA); err != nil {
			return nil, err
		}
	}
	if set.KeyLog != "" {
		if s.keyLog, err = openKeyLog(set.KeyLog); err != nil {
			return nil, err
		}
		config.KeyLog = s.keyLog
	}
	return config, nil
}

// certificates are those of the files, or new ones.
func (s *Settings) certificates() ([]tls.Certificate, error) {
	if len(s.Certs) > 0 {
		return loadCertificates(s.Certs, s.Keys)
	}
	return SelfSigned(time.Now())
}

// warn says at start which settings weaken connections, and how.
func (s *Settings) warn(log *slog.Logger, certificates []tls.Certificate, now time.Time) {
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
	if s.Backend.Network == "unix" {
		log.Warn("the backend's Unix socket cannot be reset: streams cut short, or begun again, end there as if they were whole", "backend", s.Backend.String())
	}
	if s.Backend == (Address{}) {
		log.Info("no backend was given: what a client sends is sent back to it")
	}
}
