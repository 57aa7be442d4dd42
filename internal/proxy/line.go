package proxy

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/flight"
	"github.com/parley-tls/parley/internal/proxy/sparing"
	"github.com/parley-tls/parley/internal/proxy/upstream"
)

// tell logs the session's line.
func (x *session) tell() {
	story := x.server.stories.take(x.client.Number(), x.first.Handshake)
	state := x.client.State()
	cause := x.failure()
	end := ended(cause)
	x.server.telemetry.StreamEnded(end)
	attributes := []slog.Attr{slog.Uint64("conn", x.client.Number())}
	if x.first.Handshake > 0 {
		attributes = append(attributes, slog.Int("after_isolation", x.first.Handshake))
	}
	attributes = append(attributes, x.identity(story)...)
	attributes = append(attributes, x.whereto()...)
	attributes = append(attributes, clientCertificateAttributes(state.PeerCertificates)...)
	attributes = append(attributes,
		slog.Int64("in", state.FromClient),
		slog.Int64("out", state.ToClient),
		slog.Any("duration", seconds(time.Since(story.begun))),
		slog.String("ended", end),
	)
	if by := x.endedBy(cause); by != "" {
		attributes = append(attributes, slog.String("ended_by", by))
	}
	if cause != nil {
		attributes = append(attributes, slog.String("error", bounded(cause.Error())))
	}
	if used := x.countUses(*story); len(used) > 0 {
		attributes = append(attributes, slog.Any("permissions", used))
	}
	x.sightAgain(*story, end)
	attributes = append(attributes, x.trialAttributes()...)
	attributes = append(attributes, flightAttributes(x.server.commons.flights, x.client.Number())...)
	attributes = append(attributes, story.hellos.attributes()...)
	x.server.log.LogAttrs(context.Background(), levelOf(end), "connection", attributes...)
}

// whereto says which backend had the stream, and which of its servers, where
// there are several.
func (x *session) whereto() []slog.Attr { return x.settings.whereto(x.to, x.at) }

func (s *Settings) whereto(to *upstream.Backend, at upstream.Address) (out []slog.Attr) {
	if to == nil {
		return nil
	}
	if len(to.Servers) > 1 || len(s.backends()) > 1 {
		out = append(out, slog.String("backend", bounded(to.Name)))
	}
	if len(to.Servers) > 1 && at != (upstream.Address{}) {
		out = append(out, slog.String("server", bounded(at.String())))
	}
	return out
}

// attributes are what a line says of the second hellos; none, nothing.
func (h secondHellos) attributes() []slog.Attr {
	if len(h.told) == 0 {
		return nil
	}
	out := []slog.Attr{slog.Any("renegotiations", h)}
	if h.more > 0 {
		out = append(out, slog.Int("renegotiations_more", h.more))
	}
	return out
}

// tell logs the line of a stream whose first handshake failed, unless there are
// too many of its kind.
func (t *story) tell(log *slog.Logger, most *sparing.Limiter, flights *flight.Keeper, e parley.Event) {
	level := slog.LevelInfo
	if t.hello == nil && t.failure.Finding == findingAbandoned {
		level = slog.LevelDebug // whoever asks only whether the port is open
	}
	ended := t.failure.Finding
	if ended == "" {
		ended = endedError
	}
	if !log.Enabled(context.Background(), level) || !most.Allows(ended, time.Now()) {
		return
	}
	attributes := []slog.Attr{slog.Uint64("conn", e.Conn), slog.String("client", t.client)}
	if t.hello != nil {
		_, ja3 := t.hello.JA3()
		name, _ := t.hello.ServerName() // one that cannot be read is left out
		if name != "" {
			attributes = append(attributes, slog.String("sni", bounded(name)))
		}
		attributes = append(attributes, slog.String("ja3", ja3), slog.String("ja4", t.hello.JA4()))
	}
	attributes = append(attributes, slog.Any("duration", seconds(e.At)), slog.String("ended", ended), slog.String("error", bounded(t.failure.Reason)))
	attributes = append(attributes, flightAttributes(flights, e.Conn)...)
	log.LogAttrs(context.Background(), level, "handshake failed", attributes...)
}

// findingAbandoned is the id of a handshake that the client did not go on with.
const findingAbandoned = "handshake-abandoned"

// seconds is a duration that lines write as a number of seconds.
type seconds time.Duration

// String has milliseconds, which is what a reader can use.
func (s seconds) String() string { return fmt.Sprintf("%.3f", time.Duration(s).Seconds()) }

// MarshalText is String.
func (s seconds) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalJSON is a number.
func (s seconds) MarshalJSON() ([]byte, error) { return []byte(s.String()), nil }

// maxText bounds a text that a peer may have had a part in. The log's handlers
// escape it.
const maxText = 255

func bounded(s string) string {
	if len(s) <= maxText {
		return s
	}
	return s[:maxText] + "..."
}

func boundedAll(list []string) []string {
	out := make([]string, 0, min(len(list), maxHellos))
	for _, s := range list[:min(len(list), maxHellos)] {
		out = append(out, bounded(s))
	}
	return out
}
