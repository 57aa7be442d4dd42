package interop

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// A Handshake is one that ended well, as the rig saw it.
type Handshake struct {
	How     string // first, the mode's name, asked (client: the server asked for it), again (server)
	Version string // as OpenSSL prints it: TLSv1.2
	Cipher  string
	Resumed bool
	Cert    bool // the other side showed a certificate
}

// An Alert went over the wire.
type Alert struct {
	Sent        bool // by the rig
	Fatal       bool
	Description int
}

// A Result is what became of a case or, at a rig's server, of a connection.
type Result struct {
	Name       string
	OK         bool // every handshake ended well and every byte came back
	Handshakes []Handshake
	Alerts     []Alert
	Errors     []string // OpenSSL's error queue
	Ends       []string // how the server ended each connection
	Stage      string   // where a case failed: connect, first, echo, again, echo-again, end
	Reason     string
	Sent       int64
	Received   int64
	Millis     int64
}

// String says in one line what happened.
func (r *Result) String() string {
	if r.OK {
		return fmt.Sprintf("%s: ok, %d handshakes, %d bytes", r.Name, len(r.Handshakes), r.Received)
	}
	return fmt.Sprintf("%s: failed in %s after %d handshakes, %d of %d bytes back: %s %v, alerts %v",
		r.Name, r.Stage, len(r.Handshakes), r.Received, r.Sent, r.Reason, r.Errors, r.Alerts)
}

// FatalAlert is the description of the fatal alert that the rig got or sent, -1 if there was none.
func (r *Result) FatalAlert(sent bool) int {
	for _, alert := range r.Alerts {
		if alert.Fatal && alert.Sent == sent {
			return alert.Description
		}
	}
	return -1
}

// HasError says whether a line of the error queue contains text.
func (r *Result) HasError(text string) bool {
	for _, line := range r.Errors {
		if strings.Contains(line, text) {
			return true
		}
	}
	return false
}

// parseOutput reads a rig's output and hands each result out when its last line has come.
func parseOutput(from io.Reader, each func(*Result)) error {
	open := map[string]*Result{}
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		line := parseLine(lines.Text())
		name := line.fields["case"] + line.fields["conn"]
		if name == "" {
			continue
		}
		result := open[name]
		if result == nil {
			result = &Result{Name: name}
			open[name] = result
		}
		if line.addTo(result) {
			delete(open, name)
			each(result)
		}
	}
	return lines.Err()
}

type outputLine struct {
	kind   string
	fields map[string]string
	rest   string // an error's text
}

func parseLine(text string) outputLine {
	kind, rest, _ := strings.Cut(text, " ")
	line := outputLine{kind: kind, fields: map[string]string{}}
	for rest != "" {
		word, after, _ := strings.Cut(rest, " ")
		key, value, found := strings.Cut(word, "=")
		if !found || strings.Contains(key, ":") { // error text, such as "error:1408F10B:SSL routines:..."
			break
		}
		if key == "reason" { // the last field, which may hold spaces
			value, after = strings.TrimPrefix(rest, "reason="), ""
		}
		line.fields[key] = value
		rest = after
	}
	line.rest = rest
	return line
}

func (l outputLine) number(key string) int64 {
	n, err := strconv.ParseInt(l.fields[key], 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// addTo adds the line to the result; true if it is the last one.
func (l outputLine) addTo(r *Result) bool {
	switch l.kind {
	case "handshake":
		r.Handshakes = append(r.Handshakes, Handshake{
			How: l.fields["how"], Version: l.fields["version"], Cipher: l.fields["cipher"],
			Resumed: l.fields["resumed"] == "1", Cert: l.fields["peercert"] == "1",
		})
	case "alert":
		r.Alerts = append(r.Alerts, Alert{
			Sent: l.fields["way"] == "sent", Fatal: l.fields["level"] == "2", Description: int(l.number("description")),
		})
	case "error":
		r.Errors = append(r.Errors, l.rest)
	case "end":
		r.Ends = append(r.Ends, l.fields["by"])
	case "done":
		r.OK, r.Stage, r.Reason = l.fields["status"] == "ok", l.fields["stage"], l.fields["reason"]
		r.Sent, r.Received, r.Millis = l.number("sent"), l.number("received"), l.number("ms")
		return true
	case "closed":
		r.Reason = l.fields["reason"]
		r.OK = r.Reason == "close_notify"
		return true
	}
	return false
}
