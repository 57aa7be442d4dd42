package proxy

import (
	"net"
	"net/netip"
	"slices"
)

// Balancers are the peers that say by the PROXY protocol whose connection it is.
// They must, and nobody else may: a receiver that guesses would believe whoever
// puts a header before his hello.
type Balancers struct {
	From []netip.Prefix
	Unix bool // whoever may connect to our Unix socket
}

// none reports whether there are none.
func (b Balancers) none() bool { return len(b.From) == 0 && !b.Unix }

// has says whether a peer is one of them.
func (b Balancers) has(peer net.Addr) bool {
	tcp, ok := peer.(*net.TCPAddr)
	if !ok {
		return b.Unix
	}
	a := tcp.AddrPort().Addr().Unmap().WithZone("")
	return slices.ContainsFunc(b.From, func(p netip.Prefix) bool { return p.Contains(a) })
}

func (o Options) checkBalancers(s *Settings) error {
	for _, word := range o.AcceptProxy {
		onUnix := s.Listen.Network == "unix"
		if word == "unix" && onUnix {
			s.Balancers.Unix = true
			continue
		}
		if onUnix || word == "unix" {
			return &SettingError{Name: "accept-proxy", Value: word, Problem: "no peer can be this: --listen is " + s.Listen.String(), Advice: "name networks where it listens on TCP, and unix where it listens on a Unix socket"}
		}
		network, err := parseNetwork("accept-proxy", word)
		if err != nil {
			return err
		}
		s.Balancers.From = append(s.Balancers.From, network)
	}
	return nil
}
