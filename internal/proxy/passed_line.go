package proxy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/proxy/passage"
	"github.com/parley-tls/parley/internal/wire"
)

// tell logs the connection's line.
func (x *passed) tell(end passage.Ending) {
	word, cause := x.ended(end)
	x.server.telemetry.PassageEnded(word)
	in, out := x.carried()
	hello, seen := x.first.Hello, passage.Sighting{}
	if x.observer != nil {
		seen = x.observer.Finish()
		hello = seen.Hello
		x.sightEnd(seen)
	}
	attributes := []slog.Attr{slog.Bool("passed", true), slog.String("client", x.client.RemoteAddr().String())}
	attributes = append(attributes, helloAttributes(hello)...)
	attributes = append(attributes, agreedAttributes(seen)...)
	attributes = append(attributes, x.by.settings.whereto(x.to, x.at)...)
	attributes = append(attributes,
		slog.Int64("in", in), slog.Int64("out", out), slog.Any("duration", seconds(time.Since(x.begun))), slog.String("ended", word))
	if end.By != "" {
		attributes = append(attributes, slog.String("ended_by", string(end.By)))
	}
	if cause != nil {
		attributes = append(attributes, slog.String("error", bounded(cause.Error())))
	}
	if x.observer != nil {
		attributes = append(attributes, x.seenAttributes(seen)...)
	}
	x.server.log.LogAttrs(context.Background(), levelOf(word), "connection", attributes...)
}

// ended is the word for how it ended, and why it did not end well.
func (x *passed) ended(end passage.Ending) (string, error) {
	x.mu.Lock()
	cause := x.cause
	x.mu.Unlock()
	switch {
	case cause != nil:
		return ended(cause), cause
	case end.Err != nil:
		return endedReset, errors.New("the " + string(end.By) + " reset the connection")
	}
	return endedClean, nil
}

// helloAttributes are what the client says of itself.
func helloAttributes(h *wire.ClientHello) []slog.Attr {
	if h == nil {
		return nil
	}
	var out []slog.Attr
	if name := (passage.First{Hello: h}).ServerName(); name != "" {
		out = append(out, slog.String("sni", bounded(name)))
	}
	_, ja3 := h.JA3()
	return append(out, slog.String("offered", offered(h).String()), slog.String("ja3", ja3), slog.String("ja4", h.JA4()))
}

// agreedAttributes are what the server chose, where that was seen.
func agreedAttributes(seen passage.Sighting) (out []slog.Attr) {
	if seen.Diagnosis == nil {
		return nil
	}
	for _, a := range []slog.Attr{slog.String("version", seen.Facts.Version), slog.String("suite", seen.Facts.Suite)} {
		if a.Value.String() != "" {
			out = append(out, a)
		}
	}
	return out
}

// seenAttributes are what was seen, and what Parley makes of it.
func (x *passed) seenAttributes(seen passage.Sighting) (out []slog.Attr) {
	if seen.Diagnosis != nil {
		findings := findingsOf(seen.Findings)
		for _, f := range findings {
			x.server.telemetry.Observed(f.ID)
		}
		out = append(out, slog.Any("findings", findings))
	}
	if seen.Second > 0 {
		out = append(out, slog.Int("second_handshakes", seen.Second))
	}
	if len(seen.Alerts) > 0 {
		var alerts []string
		for _, a := range seen.Alerts {
			alerts = append(alerts, fmt.Sprintf("%s: %s %s", a.From, a.Level, a.Alert))
		}
		out = append(out, slog.Any("alerts", alerts))
	}
	if seen.Why != "" {
		out = append(out, slog.String("not_observed_to_its_end", seen.Why))
	}
	return out
}

// observedFindings are what a line tells of a connection's findings.
type observedFindings []observedFinding

type observedFinding struct {
	ID         string `json:"finding"`
	Level      string `json:"level"`
	Confidence string `json:"confidence"`
}

// findingsOf leaves out that there was no key: an observer never has one.
func findingsOf(all []diagnose.Finding) observedFindings {
	out := make(observedFindings, 0, len(all))
	for _, f := range all {
		if f.ID != findingNoKeys {
			out = append(out, observedFinding{f.ID, string(f.Level), string(f.Confidence)})
		}
	}
	return slices.Clip(out)
}

const findingNoKeys = "capture-no-keys"

// MarshalJSON gives the list, for log lines in JSON.
func (l observedFindings) MarshalJSON() ([]byte, error) { return json.Marshal([]observedFinding(l)) }

// MarshalText gives one word for each, for log lines in text; what is not sure
// says how likely it is.
func (l observedFindings) MarshalText() ([]byte, error) {
	var words []string
	for _, f := range l {
		word := f.ID
		if f.Confidence != string(diagnose.Sure) {
			word += " (" + f.Confidence + ")"
		}
		words = append(words, word)
	}
	return []byte(strings.Join(words, ", ")), nil
}
