package form

import (
	"bytes"
	"net/netip"
	"slices"
	"strings"

	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// What stands in the place of addresses: those of RFC 5737, for documentation.
var (
	someClient = netip.MustParseAddrPort("192.0.2.1:49152")
	someServer = netip.MustParseAddrPort("198.51.100.1:443")
)

// WithoutNames gives the flight with other addresses and another server name, which
// has as many letters: lengths matter to some findings. What a hello holds beside
// the name stays, and with it the client's fingerprint.
func (f *Flight) WithoutNames() (*Flight, error) {
	c, err := f.Conversation.Conversation()
	if err != nil {
		return nil, err
	}
	a := newAliases(c)
	for i := range c.Events {
		a.event(&c.Events[i])
	}
	c.Client, c.Server = instead(c.Client, someClient), instead(c.Server, someServer)
	out := *f
	out.Anonymous, out.Listener, out.Sentence = true, "", a.texts.Replace(f.Sentence)
	out.Conversation = ConversationOf(c)
	return &out, nil
}

func instead(a, other netip.AddrPort) netip.AddrPort {
	if !a.IsValid() {
		return a
	}
	return other
}

// aliases are what stands for names and addresses.
type aliases struct {
	names map[string]string
	texts *strings.Replacer
}

func newAliases(c *trace.Conversation) *aliases {
	a := &aliases{names: map[string]string{}}
	for _, e := range c.Events {
		switch d := e.Detail.(type) {
		case trace.MessageDetail:
			if d.Hello != nil {
				name, _ := d.Hello.ServerName() // one that cannot be read is none
				a.add(name)
			}
		case trace.HandshakeDetail:
			a.add(d.ServerName)
		}
	}
	a.texts = strings.NewReplacer(a.pairs(c)...)
	return a
}

func (a *aliases) add(name string) {
	const tld = ".invalid"
	if n := len(name); n > len(tld) {
		a.names[name] = strings.Repeat("x", n-len(tld)) + tld
	} else if n > 0 {
		a.names[name] = strings.Repeat("x", n)
	}
}

// shortest is the shortest name that is looked for in texts: a shorter one is part
// of words.
const shortest = 4

// pairs are old and new texts, longer ones first.
func (a *aliases) pairs(c *trace.Conversation) []string {
	all := map[string]string{}
	for name, other := range a.names {
		if len(name) >= shortest {
			all[name] = other
		}
	}
	for _, p := range [][2]netip.AddrPort{{c.Client, someClient}, {c.Server, someServer}} {
		if p[0].IsValid() {
			all[p[0].String()], all[p[0].Addr().String()] = p[1].String(), p[1].Addr().String()
		}
	}
	var old []string
	for text := range all {
		old = append(old, text)
	}
	slices.SortFunc(old, func(x, y string) int { return len(y) - len(x) })
	var pairs []string
	for _, text := range old {
		pairs = append(pairs, text, all[text])
	}
	return pairs
}

// event replaces what an event holds.
func (a *aliases) event(e *trace.Event) {
	switch d := e.Detail.(type) {
	case trace.OpenedDetail:
		d.Client = ""
		e.Detail = d
	case trace.MessageDetail:
		d.Hello, d.Fault = a.hello(d.Hello), a.texts.Replace(d.Fault)
		e.Detail = d
	case trace.HandshakeDetail:
		d.ServerName = a.names[d.ServerName]
		e.Detail = d
	case trace.FailureDetail:
		d.Reason = a.texts.Replace(d.Reason)
		e.Detail = d
	case trace.SecondHelloDetail:
		for i, p := range d.Proof {
			d.Proof[i] = a.texts.Replace(p)
		}
		d.WhyNotResumed = a.texts.Replace(d.WhyNotResumed)
		e.Detail = d
	case trace.AnsweredDetail:
		d.Bound, d.Reason = a.texts.Replace(d.Bound), a.texts.Replace(d.Reason)
		e.Detail = d
	}
}

func (a *aliases) hello(h *wire.ClientHello) *wire.ClientHello {
	if h == nil {
		return nil
	}
	raw := h.Raw
	if name, _ := h.ServerName(); name != "" {
		raw = bytes.ReplaceAll(raw, hostName(name), hostName(a.names[name]))
	}
	again, err := wire.ParseClientHello(raw)
	if h.SSL2Format {
		again, err = wire.ParseSSL2ClientHello(raw)
	}
	if err != nil {
		return nil // without it nothing is told of the name
	}
	return again
}

// hostName is a server name as it stands in its extension (RFC 6066, section 3).
func hostName(name string) []byte {
	return append([]byte{0, byte(len(name) >> 8), byte(len(name))}, name...)
}
