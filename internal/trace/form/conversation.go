package form

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// A Conversation is one that a live server told. It is called as a report's
// connection is, and can be read back.
type Conversation struct {
	Number   int     `json:"number" doc:"of the connection in the server's process, as the log has it in conn"`
	Client   string  `json:"client" doc:"address and port; empty: not known"`
	Server   string  `json:"server" doc:"address and port; empty: not known"`
	Start    string  `json:"start" doc:"when the connection was accepted, RFC 3339, UTC"`
	Duration Seconds `json:"duration" doc:"seconds"`
	Protocol string  `json:"protocol" doc:"by the first bytes: TLS, HTTP, unknown, silent"`
	Events   Events  `json:"events" doc:"what happened, in order"`
	Omitted  int     `json:"omitted_events" doc:"events that were not kept, between the first and the last ones"`
	At       int     `json:"omitted_at" doc:"the number, from 0, of the event that they stood before"`
}

// ConversationOf writes a conversation that a live server told, its hellos as they
// are there: package veil is for whoever made it.
func ConversationOf(c *trace.Conversation) Conversation {
	out := Conversation{
		Number: c.Number, Client: addressOf(c.Client), Server: addressOf(c.Server),
		Start: c.Start.UTC().Format(time.RFC3339Nano), Duration: Seconds(c.Duration), Protocol: string(c.Protocol),
		Events: make(Events, len(c.Events)), Omitted: c.Omitted, At: c.OmittedAt,
	}
	for i, e := range c.Events {
		out.Events[i] = EventOf(e)
		if d, ok := e.Detail.(trace.MessageDetail); ok && d.Hello != nil {
			out.Events[i].Message.Bytes = hex.EncodeToString(d.Hello.Raw)
		}
	}
	return out
}

func addressOf(a netip.AddrPort) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// maxEvents bounds what is read back: several times what a server keeps.
const maxEvents = 4096

// Conversation reads it back.
func (c Conversation) Conversation() (*trace.Conversation, error) {
	start, err := time.Parse(time.RFC3339Nano, c.Start)
	client, err1 := addressNamed(c.Client)
	server, err2 := addressNamed(c.Server)
	if err = errors.Join(err, err1, err2); err != nil {
		return nil, err
	}
	if c.Number < 0 || c.Duration < 0 || c.Omitted < 0 || c.At < 0 {
		return nil, errors.New("a count in it is negative")
	}
	out := &trace.Conversation{
		Number: c.Number, Live: true, Sided: true, Client: client, Server: server, Start: start.UTC(),
		Duration: time.Duration(c.Duration), Protocol: trace.Protocol(c.Protocol), Omitted: c.Omitted, OmittedAt: c.At,
	}
	return out, c.readEvents(out)
}

func (c Conversation) readEvents(to *trace.Conversation) error {
	var hello *wire.ClientHello // the last one
	for i, e := range c.Events {
		event, err := e.trace(uint64(c.Number), hello)
		if err != nil {
			return fmt.Errorf("event %d, %.40q: %w", i, e.Name, err)
		}
		if d, ok := event.Detail.(trace.MessageDetail); ok && d.Type == wire.MessageClientHello {
			hello = d.Hello
		}
		to.Events = append(to.Events, event)
	}
	return nil
}

func addressNamed(text string) (netip.AddrPort, error) {
	if text == "" {
		return netip.AddrPort{}, nil
	}
	a, err := netip.ParseAddrPort(text)
	if err != nil {
		return a, fmt.Errorf("%.60q is no address with a port", text)
	}
	return a, nil
}
