package explain

import "github.com/parley-tls/parley/internal/trace"

// A topic is what several messages of several libraries come of, and what is to
// be done about it. Its causes are those of old devices, the likeliest first.
type topic struct {
	causes  []Cause
	parley  string
	client  string
	capture string
	silent  bool // it is about what no message said
}

// by names a cause that either side may complain of; byServer and byClient name
// one that only that side finds fault with.
func by(finding, why string) Cause { return Cause{Finding: finding, Why: why} }

func byServer(finding, why string) Cause {
	return Cause{Finding: finding, Why: why, side: trace.Server}
}

func byClient(finding, why string) Cause {
	return Cause{Finding: finding, Why: why, side: trace.Client}
}

// at says when in a connection a cause shows.
func (c Cause) at(p phase) Cause {
	c.when = p
	return c
}

// What to capture, in the words that most topics share.
const (
	captureWhole = "The whole connection from its SYN on, on the server's side: docs/capture.md has the commands. Then: parley diagnose FILE."
	captureKeys  = "The whole connection from its SYN on, and its keys (docs/capture.md): what matters stands under encryption. Without keys parley diagnose still tells what is likely."
	captureFirst = "The first ten packets are enough: the hellos are in clear. Then: parley diagnose FILE. Or let the client connect to parley listen --explain."
	captureCerts = "The first handshake, at TLS 1.2 or lower, where certificates are in clear. Then: parley diagnose FILE."
)
