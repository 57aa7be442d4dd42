package replay

// Given is what the caller asked for that makes a replay differ from its capture.
type Given struct {
	Certificate bool
	ServerName  string
	Data        bool
	NoData      bool
	Speed       string
}

// Remember notes what is not as in the capture by what the caller gave or did not.
func (p *Plan) Remember(g Given) {
	switch {
	case p.Data == 0:
	case g.NoData:
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
		p.note("server_name is %s (--server-name)", g.ServerName)
	}
	if g.Speed == "fast" {
		p.note("the client's pauses are left out (--speed fast)")
	}
}

func (p *Plan) hasData() bool {
	for _, s := range p.Steps {
		if len(s.Data) > 0 {
			return true
		}
	}
	return false
}
