package proxy

import (
	"net"
	"net/netip"
	"slices"
	"strings"
)

// Example is a client that fits, as far as address and name go; the name is empty
// where any does.
func (m Match) Example() (from net.Addr, sni string) {
	if len(m.From) > 0 {
		from = net.TCPAddrFromAddrPort(netip.AddrPortFrom(m.From[0].Addr(), 49152))
	}
	if len(m.SNI) > 0 {
		sni = strings.Replace(m.SNI[0], "*", "any", 1)
	}
	return from, sni
}

// Impossible says why nobody fits by any listener; empty: somebody may.
func (m Match) Impossible(all []*Settings) string {
	overTCP := func(s *Settings) bool { return s.Listen.Network != "unix" || !s.Balancers.none() }
	onlyOther := len(m.Fingerprint) > 0 && !slices.ContainsFunc(m.Fingerprint, func(f string) bool { return ja3Form.MatchString(f) || strings.HasPrefix(f, "t") })
	switch {
	case len(m.From) > 0 && !slices.ContainsFunc(all, overTCP):
		return "clients of a Unix socket have no address, and no listener has others"
	case onlyOther:
		return "a JA4 that begins with q or d is of QUIC or DTLS"
	}
	return ""
}
