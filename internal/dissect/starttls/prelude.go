package starttls

import (
	"strings"

	"github.com/parley-tls/parley/internal/trace"
)

// Prelude tells the dialogue as far as it went; nil: there was none.
func (d *Dialogue) Prelude() *trace.Prelude {
	if len(d.names) == 0 || d.over == Other {
		return nil
	}
	p := d.prelude
	p.Protocol = d.name()
	if !p.Upgraded {
		p.Refused = d.why()
	}
	return &p
}

func (d *Dialogue) why() string {
	switch {
	case d.refused != "":
		return d.refused
	case d.layer != nil:
		return d.layer.why()
	}
	return "nothing that is known followed it"
}

// name is that of all layers, the outer first.
func (d *Dialogue) name() string {
	names := append([]string(nil), d.names...)
	if d.layer != nil {
		names[len(names)-1] = d.layer.name() // it may have become surer
	}
	return strings.Join(names, ", ")
}

// Protocol is what the connection speaks, as far as it is known: TLS once that
// began, else the dialogue's name or what its first bytes look like.
func (d *Dialogue) Protocol() trace.Protocol {
	switch {
	case d.agreed || d.ways[0].begun || d.ways[1].begun:
		return trace.ProtocolTLS
	case d.over == Other:
		return d.other
	case d.layer != nil:
		return trace.Protocol(d.layer.name())
	}
	for _, w := range d.ways {
		if b := joined(w.held); len(b) > 0 {
			return guess(b)
		}
	}
	if len(d.names) > 0 {
		return trace.Protocol(d.name())
	}
	return trace.ProtocolSilent
}
