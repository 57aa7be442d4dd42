package handover

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
)

// A gift is a socket that this process was given.
type gift struct {
	name     string
	listener net.Listener // nil: it cannot be listened on
	wrong    error        // why not
}

// unwrap looks at what a descriptor is.
func unwrap(g Given) *gift {
	defer g.File.Close() // the listener has a descriptor of its own
	out := &gift{name: g.Name}
	if out.wrong = listens(g.File); out.wrong != nil {
		return out
	}
	out.listener, out.wrong = net.FileListener(g.File)
	return out
}

// address is for a person.
func (g *gift) address() string {
	if g.listener == nil {
		return ""
	}
	return g.listener.Addr().String()
}

func (g *gift) close() {
	if g.listener == nil {
		return
	}
	if u, ok := g.listener.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(isOurs(g.name))
	}
	_ = g.listener.Close() // it was open
}

var (
	errNoStream  = errors.New("it is no stream socket")
	errNoListens = errors.New("it does not listen: is Accept=yes set in the socket unit?")
)

// A NotGivenError says that there is no socket of a name.
type NotGivenError struct {
	Name  string
	Given []string // the names that there are
}

// Error names what there is instead.
func (e *NotGivenError) Error() string {
	text := "none was given"
	if len(e.Given) > 0 {
		text = fmt.Sprintf("given were %q", e.Given)
	}
	return fmt.Sprintf("no socket of the name %s was given to this process (%s); set FileDescriptorName=%s in the socket unit, or name the address to listen on", e.Name, text, e.Name)
}

// listensOn says whether a socket is the one that w would open.
func listensOn(a net.Addr, w Want) bool {
	switch a := a.(type) {
	case *net.TCPAddr:
		want, err := net.ResolveTCPAddr("tcp", w.Address)
		if w.Network != "tcp" || err != nil || want.Port == 0 || want.Port != a.Port {
			return false
		}
		// Go listens on both families wherever an unspecified address is named.
		return want.IP.Equal(a.IP) && want.Zone == a.Zone || everywhere(want.IP) && everywhere(a.IP)
	case *net.UnixAddr:
		return w.Network == "unix" && absolute(w.Address) == absolute(a.Name)
	}
	return false
}

func everywhere(ip net.IP) bool { return ip == nil || ip.IsUnspecified() }

func absolute(path string) string {
	if a, err := filepath.Abs(path); err == nil && path != "" {
		return a
	}
	return path
}

// mark begins the names of sockets that Parley opened itself.
const mark = "listen="

// nameOf is what a socket is called in LISTEN_FDNAMES, where a colon separates
// names and nothing but printable ASCII may stand.
func nameOf(w Want) string {
	if w.Network == "fd" {
		return w.Address
	}
	word := w.Address
	if w.Network == "unix" {
		word = "unix:" + absolute(word)
	}
	var b strings.Builder
	b.WriteString(mark)
	for _, c := range []byte(word) {
		if c <= ' ' || c > '~' || c == ':' || c == '%' {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// isOurs says whether Parley opened the socket of this name itself, perhaps in a
// process before this one: then its file and its place in the store are ours, too.
func isOurs(name string) bool { return strings.HasPrefix(name, mark) }

// ValidName says whether a socket can be given under a name, by the rules of
// FileDescriptorName= in systemd.socket(5).
func ValidName(name string) bool {
	return name != "" && len(name) <= maxName && !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r > '~' || r == ':' })
}

// maxName is systemd's limit, FDNAME_MAX.
const maxName = 255
