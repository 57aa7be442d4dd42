package starttls

import (
	"bytes"
	"fmt"
	"strconv"
)

// A connect follows HTTP's CONNECT (RFC 9110, section 9.3.6): a proxy is asked for
// a tunnel, perhaps once more after it wanted to know who asks.
type connect struct {
	requesting bool // inside the request's header fields
	asked      bool
	answering  bool // inside the answer's
	status     int
	body       int64
}

func (*connect) name() string { return "HTTP CONNECT" }

func (c *connect) client(line []byte, _ *lines) effect {
	verb, _ := word(line)
	switch {
	case !c.requesting && verb == "CONNECT":
		c.requesting = true
	case !c.requesting && len(line) > 0:
		return effect{what: ends, why: "the client asked the proxy for something else than a tunnel"}
	case c.requesting && len(line) == 0:
		c.requesting, c.asked = false, true
		return effect{what: asks}
	}
	return effect{}
}

func (c *connect) server(line []byte, l *lines) effect {
	if !c.answering {
		c.begin(line)
		return effect{}
	}
	if len(line) > 0 {
		c.field(line)
		return effect{}
	}
	c.answering = false
	switch {
	case c.status/100 == 2:
		return effect{what: tunnels, answered: true}
	case c.status/100 == 1:
		return effect{}
	}
	l.skip = c.body
	c.asked = false
	return effect{what: refuses, why: fmt.Sprintf("the proxy answered CONNECT with %d%s", c.status, statusMeaning(c.status))}
}

// begin looks for the answer to a request, behind what may be left of another's body.
func (c *connect) begin(line []byte) {
	version, rest := word(line)
	status, _ := word(rest)
	code, err := strconv.Atoi(status)
	if !c.asked || err != nil || code < 100 || code > 599 || !bytes.HasPrefix([]byte(version), []byte("HTTP/1.")) {
		return
	}
	c.answering, c.status, c.body = true, code, 0
}

func (c *connect) field(line []byte) {
	name, value, _ := bytes.Cut(line, []byte(":"))
	if !bytes.EqualFold(name, []byte("Content-Length")) {
		return
	}
	if n, err := strconv.ParseUint(string(bytes.TrimSpace(value)), 10, 32); err == nil {
		c.body = int64(n)
	}
}

func statusMeaning(status int) string {
	switch status {
	case 403:
		return " (Forbidden)"
	case 407:
		return " (Proxy Authentication Required)"
	case 502:
		return " (Bad Gateway)"
	case 503:
		return " (Service Unavailable)"
	case 504:
		return " (Gateway Timeout)"
	}
	return ""
}

func (c *connect) why() string {
	if c.asked {
		return "the proxy did not answer CONNECT"
	}
	return "the request for a tunnel was not complete"
}
