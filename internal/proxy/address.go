package proxy

import (
	"net"
	"strconv"
	"strings"

	"github.com/parley-tls/parley/internal/proxy/handover"
	"github.com/parley-tls/parley/internal/proxy/upstream"
)

// An Address is where to listen or to dial: TCP, or a Unix socket. To listen it
// may be a socket that the process was given under a name, too.
type Address struct {
	Network string // "tcp", "unix" or "fd"
	Address string
}

// String is the address as a setting spells it.
func (a Address) String() string {
	if a.Network == "unix" || a.Network == "fd" {
		return a.Network + ":" + a.Address
	}
	return a.Address
}

func (o Options) checkListen(s *Settings) (err error) {
	listen := o.Listen
	if listen == "" {
		listen = DefaultListen
	}
	s.Listen, err = parseListen("listen", listen)
	return err
}

// parseListen reads what parseAddress does, and fd:NAME.
func parseListen(name, word string) (Address, error) {
	given, ok := strings.CutPrefix(word, "fd:")
	if !ok {
		return parseAddress(name, word)
	}
	if !handover.ValidName(given) {
		return Address{}, &SettingError{Name: name, Value: word, Problem: "this is not the name of a socket", Advice: "write fd: and what FileDescriptorName= of the socket unit says: up to 255 characters of ASCII without a colon"}
	}
	return Address{"fd", given}, nil
}

// parseAddress reads HOST:PORT, :PORT or unix:PATH. Whether the host exists is
// asked when it is dialled.
func parseAddress(name, word string) (Address, error) {
	if path, ok := strings.CutPrefix(word, "unix:"); ok {
		if path == "" {
			return Address{}, &SettingError{Name: name, Value: word, Problem: "the path of the socket is missing", Advice: "write unix:/path/to/socket"}
		}
		return Address{"unix", path}, nil
	}
	_, port, err := net.SplitHostPort(word)
	if err != nil {
		return Address{}, &SettingError{Name: name, Value: word, Problem: "this is not an address with a port", Advice: "write HOST:PORT, [IPv6]:PORT, :PORT or unix:/path"}
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		if _, err := net.LookupPort("tcp", port); err != nil || port == "" {
			return Address{}, &SettingError{Name: name, Value: word, Problem: "the port is not a number from 0 to 65535", Advice: "write HOST:PORT, such as " + DefaultListen}
		}
	}
	return Address{"tcp", word}, nil
}

// Overlaps says whether two listeners cannot have these addresses at once, as far
// as names are not looked up.
func (a Address) Overlaps(b Address) bool {
	if a.Network != b.Network {
		return false
	}
	if a == b {
		return !strings.HasSuffix(a.Address, ":0")
	}
	if a.Network != "tcp" {
		return false
	}
	hostA, portA, _ := net.SplitHostPort(a.Address) // they were checked
	hostB, portB, _ := net.SplitHostPort(b.Address)
	return portA == portB && portA != "0" && (isEverywhere(hostA) || isEverywhere(hostB))
}

func isEverywhere(host string) bool { return host == "" || host == "0.0.0.0" || host == "::" }

// hostOf is the host of an address; false: it has none that a certificate could be
// for.
func hostOf(a upstream.Address) (string, bool) {
	if a.Network != "tcp" {
		return "", false
	}
	host, _, _ := net.SplitHostPort(a.Address) // it was checked
	return host, host != ""
}
