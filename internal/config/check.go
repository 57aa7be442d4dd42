package config

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient/profiles"
	"github.com/parley-tls/parley/internal/proxy"
	"github.com/parley-tls/parley/internal/proxy/clientcert"
	"github.com/parley-tls/parley/internal/proxy/rehearse"
	"github.com/parley-tls/parley/internal/renego"
)

// A Check is what a server by a configuration would be.
type Check struct {
	Name      string
	Warnings  []string // of no listener
	Listeners []Checked
	Permitted []Permitted
	Notes     []string // of addresses; they count for nothing

	addresses []claim
}

// A Checked is one listener of it.
type Checked struct {
	Name, Listen, Backend, Profile string
	Routes                         []string // in words
	Warnings                       []string
	Certificates                   []*x509.Certificate
	Lists                          []*clientcert.List // of revoked client certificates
	Answers                        []Answered
	Observed                       bool // its clients are passed through; what follows is empty
	Modern                         bool // TLS 1.3 is served
	Clients                        []Client
	Trial                          string   // settings that clients are tried against; empty: they are not
	Tried                          []string // of the clients, those that are served and that the trial would refuse
}

// An Answered is the answer that a kind of second hello gets.
type Answered struct {
	Kind   renego.Kind
	Answer renego.Answer
}

// A Client is what a known client's first hello gets.
type Client struct {
	Name string
	rehearse.Served
}

// Check reads all that the configuration names, certificates too, and asks what
// each kind of client would get. It changes nothing. Its errors are Problems.
func (d *Document) Check(now time.Time) (*Check, error) {
	all, err := d.Settings()
	if err != nil {
		return nil, err
	}
	c := &Check{Name: d.Name, Warnings: append(proxy.PermissionWarnings(all[0].Permissions, now), d.unusedBackends()...)}
	problems := d.readBackends()
	if err := all[0].CheckFlights(); err != nil {
		problems = problems.with(d.unread(0, err))
	}
	c.Warnings = append(c.Warnings, all[0].SessionWarnings()...)
	notes, err := all[0].SessionNotes(now)
	if err != nil {
		problems = problems.with(d.unread(0, err))
	}
	c.Notes = append(c.Notes, notes...)
	c.addresses = d.claims(all)
	spare := new(proxy.Spare)
	tries := &trier{now, all[0].Permissions, maxTries}
	for i, s := range all {
		preview, err := s.Preview(now, spare)
		if err != nil {
			problems = problems.with(d.unread(i, err))
			continue
		}
		checked := d.checked(i, s, preview)
		c.Listeners = append(c.Listeners, checked)
		c.Permitted = append(c.Permitted, tries.at(checked, s, preview)...)
	}
	if err := problems.orNil(); err != nil {
		return nil, err
	}
	c.Warnings = append(c.Warnings, tries.remarks(all)...)
	return c, nil
}

// unread is what is wrong with a file that a listener names.
func (d *Document) unread(i int, err error) *Problem {
	var setting *proxy.SettingError
	if errors.As(err, &setting) {
		return d.setting(i, setting)
	}
	return d.at(fmt.Sprintf("listeners[%d].certificates", i), inKeys(err.Error()), "")
}

// CountWarnings counts all of them.
func (c *Check) CountWarnings() int {
	n := len(c.Warnings)
	for _, l := range c.Listeners {
		n += len(l.Warnings)
	}
	return n
}

// title is how a listener is called.
func (l Checked) title() string { return cmp.Or(l.Name, l.Listen) }

func (d *Document) checked(i int, s *proxy.Settings, p *proxy.Preview) Checked {
	out := Checked{
		Name: s.Name, Listen: s.Listen.String(), Backend: s.Backend.String(), Profile: d.File.Listeners[i].Profile,
		Warnings: p.Warnings, Lists: p.Lists, Modern: s.MaxVersion == 0 || s.MaxVersion == tls.VersionTLS13,
	}
	for _, r := range s.Routes {
		out.Routes = append(out.Routes, r.String())
	}
	if text := notHere(s.Listen); text != "" {
		out.Warnings = append(out.Warnings, text)
	}
	if s.Observe {
		out.Observed, out.Modern = true, false
		return out
	}
	for _, certificate := range p.Config.Certificates {
		out.Certificates = append(out.Certificates, certificate.Leaf)
	}
	out.Answers = answersOf(s)
	out.Clients = clientsOf(p.Config)
	if s.Trial != nil {
		out.Trial, out.Tried = s.Trial.Name, refusedBy(p.Trial, out.Clients)
	}
	return out
}

// refusedBy are those that are served and that another Config would refuse.
func refusedBy(config *parley.Config, served []Client) (names []string) {
	for i, tried := range clientsOf(config) {
		if served[i].Why == "" && tried.Why != "" {
			names = append(names, tried.Name)
		}
	}
	return names
}

// clientsOf has every client that we know by its hello meet a Config.
func clientsOf(config *parley.Config) []Client {
	var out []Client
	for _, p := range profiles.All() {
		out = append(out, Client{p.Name, rehearse.Play(config, rehearse.Client{Hello: p.Hello, Header: p.Header})})
	}
	return out
}

// notHere says that no interface of this machine has the address; empty: one has
// it, or it is a name or a path.
func notHere(a proxy.Address) string {
	at, err := netip.ParseAddrPort(a.Address)
	if err != nil || at.Addr().IsUnspecified() || at.Addr().IsLoopback() {
		return ""
	}
	interfaces, err := net.InterfaceAddrs()
	if err != nil || slices.ContainsFunc(interfaces, func(i net.Addr) bool {
		network, ok := i.(*net.IPNet)
		return ok && network.IP.Equal(net.IP(at.Addr().AsSlice()))
	}) {
		return ""
	}
	return fmt.Sprintf("no interface of this machine has the address %s: it cannot be listened on here", at.Addr())
}
