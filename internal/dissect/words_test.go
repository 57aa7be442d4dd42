package dissect_test

import (
	"fmt"
	"strings"

	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// words tells a conversation, an event a line, as the golden files hold it.
func words(c *trace.Conversation) string {
	var b strings.Builder
	fmt.Fprintf(&b, "connection %d: %s, client %s, server %s, sided %v, frames %d to %d\n", c.Number, c.Protocol, c.Client, c.Server, c.Sided, c.First, c.Last)
	if p := c.Prelude; p != nil {
		fmt.Fprintf(&b, "prelude: %s, upgraded %v%s\n", p.Protocol, p.Upgraded, behind(", refused: ", p.Refused))
	}
	for _, e := range c.Events {
		fmt.Fprintf(&b, "%-7s %-16s %s%s\n", frames(e.Place), e.Name, from(e.From), behind(" ", detail(e.Detail)))
	}
	if c.Omitted > 0 {
		fmt.Fprintf(&b, "%d events omitted\n", c.Omitted)
	}
	return b.String()
}

func frames(p trace.Place) string {
	if p.Last > p.Frame {
		return fmt.Sprintf("%d-%d", p.Frame, p.Last)
	}
	return fmt.Sprint(p.Frame)
}

func from(s trace.Side) string {
	return map[trace.Side]string{trace.Nobody: "-", trace.Client: ">", trace.Server: "<"}[s]
}

func behind(mark, text string) string {
	if text == "" {
		return ""
	}
	return mark + text
}

func detail(d any) string {
	switch d := d.(type) {
	case trace.RecordDetail:
		text := fmt.Sprintf("%s, header %s, connection %s, %d bytes", d.Type, d.Header, d.Negotiated, d.Length)
		if d.Sealed {
			text += ", sealed"
		}
		if d.Matched != 0 {
			text += ", made with " + d.Matched.String()
		}
		return text + behind(": ", d.Why)
	case trace.MessageDetail:
		return fmt.Sprintf("%s of %d bytes%s%s", d.Type, d.Length, parsed(d), behind("; fault: ", d.Fault))
	case trace.KeysDetail:
		return fmt.Sprintf("%s %s%s%s", d.Version, d.SuiteID, behind(", opened by ", d.Opened), behind(", locked: ", d.Locked))
	case trace.HandshakeDetail:
		how := "full"
		if d.Resumed {
			how = "abbreviated"
		}
		if d.Unverified {
			how += ", unverified"
		}
		if d.ExtendedMasterSecret {
			how += ", extended master secret"
		}
		return fmt.Sprintf("%s %s, %s, terms %s, group %s, name %q, protocol %q", d.Version, d.SuiteID, how, d.Terms, d.Group, d.ServerName, d.ALPN)
	case trace.SecondHelloDetail:
		return fmt.Sprintf("%s [%s], resumes %v%s, asked %v, number %d after %d and %d bytes, header %s", d.Kind, strings.Join(d.Proof, "; "), d.Resumes, behind(": ", d.WhyNotResumed), d.Asked, d.Count, d.FromClient, d.ToClient, d.HeaderVersion)
	case trace.AnsweredDetail:
		return fmt.Sprintf("%s on terms %s, bound by %q: %s", d.Answer, d.Terms, d.Bound, d.Reason)
	case trace.DataDetail:
		sealed := ""
		if d.Sealed {
			sealed = ", sealed"
		}
		return fmt.Sprintf("%d from client, %d to client, %d records%s", d.FromClient, d.ToClient, d.Records, sealed)
	case trace.FailureDetail:
		return d.Finding + behind(" ", d.Reason)
	case trace.AlertDetail:
		return fmt.Sprintf("%s %s", d.Level, d.Alert)
	case trace.GapDetail:
		return fmt.Sprintf("%d bytes %s", d.Bytes, d.Why)
	case trace.EndDetail:
		return fmt.Sprintf("%s, close_notify %v%s", d.How, d.CloseNotify, behind(", odd: ", d.Odd))
	}
	return ""
}

func parsed(d trace.MessageDetail) string {
	if d.Hello != nil {
		ticket, _ := d.Hello.SessionTicket()
		return fmt.Sprintf(": %s, session id of %d bytes, ticket of %d, SCSV %v%s", d.Hello.Version, len(d.Hello.SessionID), len(ticket), d.Hello.OffersSCSV(), info(d.Hello.RenegotiationInfo()))
	}
	switch p := d.Parsed.(type) {
	case *wire.ServerHello:
		return fmt.Sprintf(": %s %s, session id of %d bytes%s", p.Version, p.CipherSuite, len(p.SessionID), info(p.RenegotiationInfo()))
	case *wire.Certificate:
		return fmt.Sprintf(": a chain of %d", len(p.Chain))
	case *wire.ServerKeyExchange:
		return ": " + p.Group.String()
	case *wire.CertificateRequest:
		return fmt.Sprintf(": %d authorities", len(p.Authorities))
	case *wire.NewSessionTicket:
		return fmt.Sprintf(": ticket of %d bytes for %d s", len(p.Ticket), p.LifetimeHint)
	}
	return ""
}

func info(data []byte, present bool, err error) string {
	if err != nil || !present {
		return ""
	}
	return fmt.Sprintf(", renegotiation_info of %d bytes", len(data))
}
