package config

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"

	"github.com/parley-tls/parley/internal/proxy"
)

// A claim is an address that the server would listen on.
type claim struct {
	key string
	at  proxy.Address
}

func (d *Document) claims(all []*proxy.Settings) (out []claim) {
	for i, s := range all {
		out = append(out, claim{fmt.Sprintf("listeners[%d].listen", i), s.Listen})
	}
	for _, c := range []claim{{"metrics", all[0].Metrics}, {"admin", all[0].Admin}} {
		if c.at != (proxy.Address{}) {
			out = append(out, c)
		}
	}
	return out
}

// TryAddresses asks whether the addresses can be listened on here and now. A
// server that runs already is not disturbed: where it listens nobody else can, and
// that is noted and no warning.
func (c *Check) TryAddresses() {
	for _, one := range c.addresses {
		try := tryTCP
		switch one.at.Network {
		case "unix":
			try = tryUnix
		case "fd": // whoever starts the server has it
			continue
		}
		note, warning := try(one.at)
		if note != "" {
			c.Notes = append(c.Notes, one.key+": "+note)
		}
		if warning != "" {
			c.Warnings = append(c.Warnings, one.key+": "+warning)
		}
	}
}

// tryTCP listens for a moment and takes no client.
func tryTCP(a proxy.Address) (note, warning string) {
	l, err := net.Listen(a.Network, a.Address)
	switch {
	case err == nil:
		_ = l.Close() // nothing was done with it
		return "", ""
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Sprintf("%s is in use, perhaps by the server that this file is for", a), ""
	case errors.Is(err, syscall.EACCES):
		return fmt.Sprintf("this user may not listen on %s; the server's user must be permitted to (CAP_NET_BIND_SERVICE)", a), ""
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "", "" // it is told with the listener
	}
	return "", fmt.Sprintf("%s cannot be listened on: %v", a, err)
}

// tryUnix only looks: to listen would leave a file.
func tryUnix(a proxy.Address) (note, warning string) {
	dir := filepath.Dir(a.Address)
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return "", fmt.Sprintf("%s cannot be listened on: there is no directory %s", a, dir)
	}
	info, err = os.Lstat(a.Address)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", ""
	case err == nil && info.Mode()&fs.ModeSocket == 0:
		return "", fmt.Sprintf("%s cannot be listened on: something is there that is no socket", a)
	}
	return fmt.Sprintf("%s is there already, perhaps the socket of the server that this file is for", a), ""
}
