package replay

import (
	"slices"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// Given is what a caller wants otherwise than it is in the capture.
type Given struct {
	Certificate bool    // a client certificate is there to be shown
	ServerName  string  // in place of the hello's own
	Data        bool    // the captured data is to be sent
	NoData      bool    // none is
	Speed       float64 // as in Options
}

// Adapt makes the plan as it is wanted, and notes how it then differs from the capture.
func (p *Plan) Adapt(g Given) {
	switch {
	case p.Data == 0:
	case g.NoData:
		p.dropData()
		p.note("application data is left out (--no-data)")
	case g.Data && p.hasData():
		p.note("application data is sent as it was captured (--data): whoever reads the server's side reads it")
	case g.Data:
		p.note("application data is filler: the captured data could not be read")
	default:
		p.note("application data is filler of the same sizes: what the client sent may be nobody's business (--data sends it)")
	}
	if p.Certificate && !g.Certificate {
		p.note("the client showed a certificate; here an empty list is sent, if the server asks (--client-cert and --client-key give one)")
	}
	if g.ServerName != "" {
		p.rename(g.ServerName)
		p.note("server_name is %s (--server-name)", wire.Printable(g.ServerName))
	}
	switch {
	case g.Speed == 1 || p.Time == 0:
	case g.Speed == 0:
		p.note("the client's pauses are left out (--speed fast)")
	case g.Speed > 1:
		p.note("the client's pauses are %g times as short (--speed)", g.Speed)
	default:
		p.note("the client's pauses are %g times as long (--speed)", 1/g.Speed)
	}
}

func (p *Plan) hasData() bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool { return len(s.Data) > 0 })
}

// dropData takes data, and the waits for it, out of the plan.
func (p *Plan) dropData() {
	var kept []Step
	for i, s := range p.Steps {
		if p.Fail != nil && p.Fail.Step == i {
			p.Fail.Step = len(kept)
		}
		if s.Act == ActData || s.Act == ActAwaitData {
			continue
		}
		if s.Hello != nil {
			s.Hello.Begun, s.Hello.Between = 0, nil
		}
		kept = append(kept, s)
	}
	p.Steps, p.Data = kept, 0
}

// rename has every hello ask for a name.
func (p *Plan) rename(name string) {
	for _, s := range p.Steps {
		if s.Hello == nil || s.Hello.Like.SSL2Format {
			continue
		}
		hello, e := s.Hello.Like.Clone(), wire.ServerNameExtension(name)
		if _, present := hello.Extension(e.Type); !present {
			hello.Extensions, hello.HasExtensions = append([]wire.Extension{e}, hello.Extensions...), true
		}
		legacyclient.SetExtension(hello, e)
		s.Hello.Like = hello
	}
}
