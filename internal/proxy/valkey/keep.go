package valkey

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"time"

	client "github.com/valkey-io/valkey-go"

	"github.com/parley-tls/parley/internal/wire"
)

// keep connects to the server, waits until it is lost, and begins again.
func (s *Store) keep() {
	news, lost := true, false // that it answers is news, and it is told that it does not
	for pause := firstPause; s.closed.Err() == nil; pause = s.wait(pause) {
		err := s.greet()
		if err != nil {
			if !lost {
				s.tellLost(err)
			}
			news, lost = true, true
			continue
		}
		if news {
			s.log.Info("the session store answers", "store", s.place.String())
		}
		news, lost, pause = false, false, firstPause
		select {
		case <-s.lost:
			s.leave()
		case <-s.closed.Done():
		}
	}
}

// tellLost says once for each time that the server is lost.
func (s *Store) tellLost(err error) {
	s.log.Warn("the session store does not answer: clients that come with a session id make full handshakes, and none fails", "store", s.place.String(),
		"error", wire.Printable(err.Error()), "do", "see whether the server runs, and whether address, user and password are right; it is tried again all the time")
}

// wait waits before the server is tried again, and says how long the next wait is.
func (s *Store) wait(pause time.Duration) time.Duration {
	select {
	case <-time.After(pause):
	case <-s.closed.Done():
	}
	return min(2*pause, longPause)
}

// greet connects to the server and asks it whether it is there. One that is slower
// than handshakes can wait for is of no use.
func (s *Store) greet() error {
	options, err := s.options()
	if err != nil {
		return err
	}
	c, err := client.NewClient(options)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(s.closed, useful)
	defer cancel()
	if err := c.Do(ctx, c.B().Ping().Build()).Error(); err != nil {
		c.Close()
		return err
	}
	s.failures.Store(0)
	s.server.Store(&c)
	return nil
}

// leave has the server not be asked.
func (s *Store) leave() {
	if c := s.server.Swap(nil); c != nil {
		(*c).Close()
	}
}

// options say how the server is spoken to: nothing is tried twice, since who asks
// has no time for that.
func (s *Store) options() (client.ClientOption, error) {
	o := client.ClientOption{
		InitAddress: []string{s.place.Host}, Username: s.place.user, Password: s.place.password, SelectDB: s.place.Database,
		Dialer: net.Dialer{Timeout: greeting}, ConnWriteTimeout: greeting,
		ForceSingleClient: true, DisableRetry: true, DisableCache: true, ClientSetInfo: client.DisableClientSetInfo,
	}
	if !s.place.TLS {
		return o, nil
	}
	host, _, err := net.SplitHostPort(s.place.Host)
	if err != nil {
		return o, err
	}
	o.TLSConfig = &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if s.place.ca != "" {
		o.TLSConfig.RootCAs = x509.NewCertPool()
		if !o.TLSConfig.RootCAs.AppendCertsFromPEM([]byte(s.place.ca)) {
			return o, errors.New("there is no certificate in the file of its authorities")
		}
	}
	return o, nil
}
