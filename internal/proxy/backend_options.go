package proxy

import (
	"fmt"
	"strconv"
	"time"

	"github.com/parley-tls/parley/internal/proxy/upstream"
)

// A BackendOptions is an entry of backends as words. An empty word stands for what
// the field's comment says.
type BackendOptions struct {
	Name      string
	Servers   []string // ADDR or unix:PATH
	SendProxy string   // v1 or v2; empty: it is told nothing

	TLS                       bool
	CA, ServerName, Cert, Key string
	Truncation                string // reset or close; empty: reset

	Interval, Timeout, Fall, Rise string // of checks
}

// What holds for checks where nothing else is said.
const (
	defaultInterval = 5 * time.Second // of several servers; one alone is not checked
	defaultTimeout  = 3 * time.Second
	defaultFall     = 3
	defaultRise     = 2
)

// Check makes a backend of the options. Its errors are *SettingErrors, which name
// keys of the entry.
func (o BackendOptions) Check() (*upstream.Backend, error) {
	b := &upstream.Backend{Name: o.Name}
	var err error
	if b.Header, err = choose("send_proxy", o.SendProxy, proxyVersions...); err != nil {
		return nil, err
	}
	for _, check := range []func(*upstream.Backend) error{o.checkServers, o.checkTLS, o.checkChecks} {
		if err := check(b); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (o BackendOptions) checkServers(b *upstream.Backend) error {
	seen := map[upstream.Address]bool{}
	for i, word := range o.Servers {
		name := fmt.Sprintf("servers[%d]", i)
		at, err := parseServer(name, word)
		if err != nil {
			return err
		}
		a := upstream.Address(at)
		if seen[a] {
			return &SettingError{Name: name, Value: word, Problem: "this server is there already", Advice: "take it out: they are used in turn"}
		}
		seen[a] = true
		b.Servers = append(b.Servers, a)
	}
	if len(b.Servers) == 0 {
		return &SettingError{Name: "servers", Problem: "the list is empty", Advice: "name one server or several"}
	}
	return nil
}

func (o BackendOptions) checkTLS(b *upstream.Backend) error {
	if !o.TLS {
		return nil
	}
	b.TLS = &upstream.TLS{CA: o.CA, Name: o.ServerName, Cert: o.Cert, Key: o.Key}
	var err error
	if b.TLS.CloseTruncated, err = choose("tls.truncation", o.Truncation, choice[bool]{"reset", false}, choice[bool]{"close", true}); err != nil {
		return err
	}
	if o.Key != "" && o.Cert == "" {
		return &SettingError{Name: "tls.key", Value: o.Key, Problem: "there is no certificate for it", Advice: "name its certificate with tls.cert"}
	}
	for i, a := range b.Servers {
		if host, ok := hostOf(a); o.ServerName == "" && !ok {
			return &SettingError{Name: fmt.Sprintf("servers[%d]", i), Value: a.String(), Problem: fmt.Sprintf("the name that its certificate must have is not known: the address has the host %q", host), Advice: "write it as tls.name"}
		}
	}
	return nil
}

func (o BackendOptions) checkChecks(b *upstream.Backend) (err error) {
	c := &b.Check
	otherwise := time.Duration(0)
	if len(b.Servers) > 1 {
		otherwise = defaultInterval
	}
	if c.Interval, err = duration("check.interval", o.Interval, otherwise, true); err != nil {
		return err
	}
	if c.Interval > 0 && c.Interval < leastInterval {
		return &SettingError{Name: "check.interval", Value: o.Interval, Problem: "that often a check is a burden and no help", Advice: "write 100ms or more, or 0s for no checks"}
	}
	if c.Timeout, err = duration("check.timeout", o.Timeout, defaultTimeout, true); err != nil {
		return err
	}
	if c.Timeout == 0 {
		return &SettingError{Name: "check.timeout", Value: o.Timeout, Problem: "no server answers in no time", Advice: "write one such as 3s"}
	}
	if c.Fall, err = atLeastOne("check.fall", o.Fall, defaultFall); err != nil {
		return err
	}
	c.Rise, err = atLeastOne("check.rise", o.Rise, defaultRise)
	return err
}

// leastInterval bounds how often a server is checked.
const leastInterval = 100 * time.Millisecond

func atLeastOne(name, word string, otherwise int) (int, error) {
	if word == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(word)
	if err != nil || n < 1 {
		return 0, &SettingError{Name: name, Value: word, Problem: "this is not a count of checks", Advice: "write a whole number from 1"}
	}
	return n, nil
}
