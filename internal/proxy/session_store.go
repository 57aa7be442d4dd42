package proxy

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/private"
	"github.com/parley-tls/parley/internal/proxy/valkey"
)

// A SessionStore says where sessions of session ids are kept for several nodes.
type SessionStore struct {
	Place        valkey.Place // its password, if it stands in the settings
	PasswordFile string       // empty: none
	CA           string       // file of the authorities that it is verified by; empty: the system's
}

// checkSessionStore finds where sessions are kept.
func (o Options) checkSessionStore(s *Settings) error {
	wrong := &SettingError{Name: "session-store", Value: valkey.RedactAddress(o.SessionStore)}
	if o.SessionStore == "" || o.SessionStore == "memory" {
		for name, file := range map[string]string{"session-store-password-file": o.SessionStorePasswordFile, "session-store-ca": o.SessionStoreCA} {
			if file != "" {
				return &SettingError{Name: name, Value: file, Problem: "there is no store that it is for", Advice: "name one with --session-store valkey://HOST:PORT, or leave --" + name + " out"}
			}
		}
		return nil
	}
	place, err := valkey.Parse(o.SessionStore)
	switch {
	case err != nil:
		wrong.Problem, wrong.Advice = err.Error(), "write memory, valkey://USER@HOST:PORT/DATABASE, or valkeys:// for TLS"
	case len(o.TicketKeyFiles) == 0:
		wrong.Problem, wrong.Advice = "sessions in it are sealed, and the keys of this process alone open them: no other node could resume one", "name keys that all nodes have with --ticket-key-file"
	case place.HasPassword() && o.SessionStorePasswordFile != "":
		wrong.Problem, wrong.Advice = "there are two passwords, one here and one in --session-store-password-file", "take this one away"
	case !place.TLS && o.SessionStoreCA != "":
		wrong.Problem, wrong.Advice = "nothing is verified by --session-store-ca where TLS is not spoken", "write valkeys://, or leave --session-store-ca out"
	default:
		s.SessionStore = &SessionStore{place, o.SessionStorePasswordFile, o.SessionStoreCA}
		return nil
	}
	return wrong
}

// maxStoreFile bounds a password and a file of authorities.
const maxStoreFile = 1 << 20

// read reads the files that the place needs.
func (s *SessionStore) read() (valkey.Place, error) {
	place := s.Place
	if s.PasswordFile != "" {
		text, err := private.Read(s.PasswordFile, maxStoreFile, "the session store")
		if err == nil {
			text = bytes.TrimRight(text, "\r\n")
			err = onePassword(s.PasswordFile, text)
		}
		if err != nil {
			return place, &SettingError{Name: "session-store-password-file", Problem: err.Error()}
		}
		place = place.WithPassword(string(text))
	}
	if s.CA != "" {
		text, err := os.ReadFile(s.CA)
		if err == nil {
			_, err = loadPool(s.CA)
		}
		if err != nil {
			return place, &SettingError{Name: "session-store-ca", Problem: err.Error()}
		}
		place = place.WithCA(string(text))
	}
	return place, nil
}

// onePassword says what is wrong with the contents of a file of a password, and
// not what it is.
func onePassword(name string, text []byte) error {
	switch {
	case len(text) == 0:
		return fmt.Errorf("%s: there is no password in this file", name)
	case len(text) > 4096 || bytes.ContainsAny(text, "\r\n"):
		return errors.New(name + ": this file has more than one line, or a very long one; the password stands on it alone")
	}
	return nil
}

// files are those that it is made of.
func (s *SessionStore) files() (files []string) {
	if s == nil {
		return nil
	}
	for _, name := range []string{s.PasswordFile, s.CA} {
		if name != "" {
			files = append(files, name)
		}
	}
	return files
}

// warn says at start what is weak about the store.
func (s *SessionStore) warn(log *slog.Logger) {
	if s == nil {
		return
	}
	if s.Place.HasPassword() {
		log.Warn("the session store's password stands in the settings, which more people read than a file of its own", "store", s.Place.String(), "do", "put it into a file, and name that with session-store-password-file")
	}
	if host, _, _ := net.SplitHostPort(s.Place.Host); !s.Place.TLS && !isLocal(host) {
		log.Warn("the session store is spoken to in clear: sessions are sealed, but whoever is on the way reads the password and can empty it", "store", s.Place.String(), "do", "write valkeys:// for TLS")
	}
}

func isLocal(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// store gives what keeps the sessions of some settings; nil: the library does.
func (c *commons) store(s *Settings) (parley.SessionStore, error) {
	if s.SessionStore == nil {
		return nil, nil
	}
	place, err := s.SessionStore.read()
	if err != nil {
		return nil, err
	}
	return c.stores.At(place), nil
}

// holdStore has the store be kept that the newest generation uses, and no other.
func (s *Server) holdStore() {
	store, _ := s.current.Load().config.Sessions.(*valkey.Store)
	s.commons.stores.Hold(s, store)
}
