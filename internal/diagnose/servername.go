package diagnose

import (
	"fmt"

	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// nameWarning is the server's warning that it does not know the name asked for.
func (s *story) nameWarning() *alert {
	for i, a := range s.alerts {
		if a.From == trace.Server && a.Level == wire.LevelWarning && a.Alert == wire.AlertUnrecognizedName {
			return &s.alerts[i]
		}
	}
	return nil
}

// frightened is a client that takes the warning unrecognized_name for the end, as
// Java 7 does (RFC 6066, section 3, says that a server should not send it).
func (s *story) frightened(h *handshake, warned alert, end stop) Finding {
	f := s.nameUnknown(h, stop{at: warned.moment, by: warned.From, alert: &warned})
	f.Confidence = Likely
	f.Sentence = fmt.Sprintf("The server warned that it does not know the name %q, and %s.", serverName(h.hello), end.words())
	f.Cause = "some clients, Java 7 among them, take the warning unrecognized_name for the end; others go on"
	f.Frames = frames(warned.moment, end.at)
	return f
}

func (s *story) nameUnknown(h *handshake, end stop) Finding {
	f := s.atHello("cert-name", h, end, CulpritUnknown, Sure)
	name := serverName(h.hello)
	f.Sentence = fmt.Sprintf("The client asked for the server name %q, which the server does not know: %s.", name, end.words())
	f.Proof = append(f.Proof, h.at([]Proof{{Field: "server_name", Value: name}})...)
	f.Remedies = []Remedy{
		{Where: "the client", Setting: "connect by a name that the server has", Safe: true},
		{Where: "Parley", Setting: "nothing to set: it answers an unknown name with its first --cert", Safe: true},
	}
	return f
}
