package proxy

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

func (o Options) checkAdmin(s *Settings) (err error) {
	if s.AdminProfiles, err = choose("admin-pprof", o.AdminPprof, choice[bool]{"on", true}, choice[bool]{"off", false}); err != nil {
		return err
	}
	if o.Admin == "" {
		if s.AdminProfiles {
			return &SettingError{Name: "admin-pprof", Value: o.AdminPprof, Problem: "there is no admin socket to have it on", Advice: "name one with --admin unix:PATH"}
		}
		return nil
	}
	s.Admin, err = parseAdmin(o.Admin)
	return err
}

func parseAdmin(word string) (Address, error) {
	a, err := parseAddress("admin", word)
	if err != nil || a.Network != "unix" {
		return a, &SettingError{Name: "admin", Value: word, Problem: "this is not a Unix socket", Advice: "write unix:PATH, such as unix:/run/parley/admin.sock"}
	}
	return a, nil
}

// listenPrivate opens a Unix socket for its owner alone. It is made where nobody
// else looks, and moved to its place when its mode is right. It does not go from
// there when it is closed.
func listenPrivate(path string) (net.Listener, error) {
	if err := freePath(path); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(filepath.Dir(path), ".parley-*") // mode 0700
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	made := filepath.Join(dir, "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: made, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false) // it goes by another name by then
	if err := errors.Join(os.Chmod(made, 0o600), os.Rename(made, path)); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// freePath refuses a path where something stands that is no socket left behind.
func freePath(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode()&os.ModeSocket == 0:
		return fmt.Errorf("%s is there already and is no socket; choose another path", path)
	}
	if c, err := net.Dial("unix", path); err == nil {
		_ = c.Close() // it was only to see whether somebody is there
		return fmt.Errorf("%s: another program answers there already; stop it, or choose another path", path)
	}
	return nil
}
