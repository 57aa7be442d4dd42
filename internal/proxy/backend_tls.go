package proxy

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"time"

	"github.com/parley-tls/parley/internal/proxy/upstream"
)

// pools are those of the backends of some settings, whose files it reads.
func (s *Server) poolsOf(settings *Settings) (map[*upstream.Backend]*upstream.Pool, error) {
	out := map[*upstream.Backend]*upstream.Pool{}
	for _, b := range settings.backends() {
		config, err := readBackend(b)
		if err != nil {
			return nil, fmt.Errorf("backend %s: %w", b.Name, err)
		}
		out[b] = s.commons.pools.Of(b, config)
		s.telemetry.BackendNamed(b.Name)
	}
	return out, nil
}

// readBackend reads the files of a backend; nil: it is spoken to in clear.
func readBackend(b *upstream.Backend) (*tls.Config, error) {
	if b.TLS == nil {
		return nil, nil
	}
	config := &tls.Config{}
	var err error
	if b.TLS.CA != "" {
		if config.RootCAs, err = loadPool(b.TLS.CA); err != nil {
			return nil, err
		}
	}
	if b.TLS.Cert == "" {
		return config, nil
	}
	shown, err := readPair(b.TLS.Cert, b.TLS.Key)
	config.Certificates = []tls.Certificate{shown}
	return config, err
}

// readPair reads a certificate and its key, which is with the certificate where no
// file is named.
func readPair(certFile, keyFile string) (tls.Certificate, error) {
	f, err := readPEM(certFile)
	if err != nil {
		return tls.Certificate{}, err
	}
	k := f
	if keyFile != "" {
		if k, err = readPEM(keyFile); err != nil {
			return tls.Certificate{}, err
		}
	}
	if len(f.certificates) == 0 {
		return tls.Certificate{}, fmt.Errorf("%s: there is no certificate in this file", certFile)
	}
	for _, key := range k.keys {
		if samePublic(f.certificates[0], key) {
			return f.with(key), nil
		}
	}
	return tls.Certificate{}, fmt.Errorf("%s: there is no private key in %s that belongs to this certificate (%s)", certFile, k.name, f.certificates[0].Subject)
}

// backendFiles are those that backends name.
func backendFiles(s *Settings) (files []string) {
	for _, b := range s.backends() {
		if b.TLS == nil {
			continue
		}
		for _, name := range []string{b.TLS.CA, b.TLS.Cert, b.TLS.Key} {
			if name != "" {
				files = append(files, name)
			}
		}
	}
	return files
}

// warnBackends says what backends cost, and what is about to end.
func (s *Settings) warnBackends(log *slog.Logger, now time.Time) {
	for _, b := range s.backends() {
		if b.OnUnix() {
			log.Warn("the backend's Unix socket cannot be reset: streams cut short, or begun again, end there as if they were whole", "backend", b.String())
		}
		if b.TLS == nil {
			continue
		}
		if b.TLS.CloseTruncated {
			log.Warn("streams that the backend, or anyone on the path to it, cuts short end at the client as if they were whole", "backend", b.String(), "truncation", "close")
		}
		if config, err := readBackend(b); err == nil { // who serves by it has read it already
			warnShown(log, b, config.Certificates, now)
		}
	}
}

// warnShown says that a certificate which a backend is shown has ended, or ends
// soon.
func warnShown(log *slog.Logger, b *upstream.Backend, certificates []tls.Certificate, now time.Time) {
	for _, c := range certificates {
		about := []any{"backend", b.Name, "subject", c.Leaf.Subject.String(), "not_after", c.Leaf.NotAfter, "do", "renew it"}
		switch {
		case now.After(c.Leaf.NotAfter):
			log.Warn("the certificate that a backend is shown has expired", about...)
		case now.Add(soon).After(c.Leaf.NotAfter):
			log.Warn("the certificate that a backend is shown expires soon", about...)
		}
	}
}

// CheckBackend reads the files of a backend, and says what is wrong with them.
func CheckBackend(b *upstream.Backend) error {
	_, err := readBackend(b)
	return err
}
