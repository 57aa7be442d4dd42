package legacyclient

import (
	"fmt"
	"strings"
	"sync"

	"github.com/parley-tls/parley/internal/wire"
)

// A Step is one record of the ladder. It holds no secret and no application
// byte.
type Step struct {
	Sent      bool // by the client
	Type      wire.ContentType
	Header    wire.Version // in the record's header
	Encrypted bool
	Length    int                // of the fragment on the wire
	Payload   int                // of what it protects
	Messages  []wire.MessageType // that end in this record
	Text      string             // in words
}

// String is one line of a ladder.
func (s Step) String() string {
	arrow, lock := "<-", "in clear"
	if s.Sent {
		arrow = "->"
	}
	if s.Encrypted {
		lock = "encrypted"
	}
	return fmt.Sprintf("%s %s (%s, header 0x%04x)", arrow, s.Text, lock, uint16(s.Header))
}

// A teller passes steps on, one at a time.
type teller struct {
	sync.Mutex
	to func(Step)
}

// step describes one record. d is the describer of its direction.
func (t *teller) step(sent, encrypted bool, d *describer, r Record, length int) {
	if t.to == nil {
		return
	}
	s := Step{Sent: sent, Type: r.Type, Header: r.Version, Encrypted: encrypted, Length: length, Payload: len(r.Payload)}
	s.Messages, s.Text = d.describe(r)
	t.Lock()
	defer t.Unlock()
	t.to(s)
}

// A describer puts records of one direction into words. It remembers the begin
// of a message that goes on in the next record.
type describer struct {
	begun []byte
}

func (d *describer) describe(r Record) ([]wire.MessageType, string) {
	switch r.Type {
	case wire.TypeHandshake:
		if len(r.Payload) == 0 {
			return nil, "an empty handshake record"
		}
		return d.handshake(r.Payload)
	case wire.TypeAlert:
		if level, alert, ok := parseAlert(r.Payload); ok {
			return nil, fmt.Sprintf("Alert %s %s", level, alert)
		}
		return nil, fmt.Sprintf("Alert, %d bytes", len(r.Payload))
	case wire.TypeChangeCipherSpec:
		return nil, "ChangeCipherSpec"
	case wire.TypeApplicationData:
		return nil, fmt.Sprintf("%d bytes of application data", len(r.Payload))
	default:
		return nil, fmt.Sprintf("%d bytes of type %v", len(r.Payload), r.Type)
	}
}

func (d *describer) handshake(payload []byte) (types []wire.MessageType, text string) {
	var words []string
	b := append(d.begun, payload...)
	for len(b) >= wire.MessageHeaderLen {
		n := wire.MessageHeaderLen + int(b[1])<<16 + int(b[2])<<8 + int(b[3])
		if len(b) < n {
			break
		}
		m := wire.Message(b[:n:n])
		types, words = append(types, m.Type()), append(words, messageText(m))
		b = b[n:]
	}
	d.begun = append([]byte(nil), b...)
	if len(b) > 0 {
		words = append(words, fmt.Sprintf("part of %s (%d bytes)", wire.Message(b).Type(), len(b)))
	}
	return types, strings.Join(words, ", ")
}

// forget drops the begin of a message that will not go on.
func (d *describer) forget() { d.begun = nil }

func messageText(m wire.Message) string {
	switch m.Type() {
	case wire.MessageClientHello:
		if hello, err := wire.ParseClientHello(m); err == nil {
			return clientHelloText(hello)
		}
	case wire.MessageServerHello:
		if hello, err := wire.ParseServerHello(m); err == nil {
			return serverHelloText(hello)
		}
	case wire.MessageCertificate:
		if cert, err := wire.ParseCertificate(m); err == nil && len(cert.Chain) == 0 {
			return "Certificate [none]"
		}
	}
	return m.Type().String()
}

func clientHelloText(h *wire.ClientHello) string {
	words := []string{h.Version.String()}
	if h.OffersSCSV() {
		words = append(words, "SCSV")
	}
	data, present, _ := h.RenegotiationInfo()
	words = append(words, infoText(data, present))
	ticket, _ := h.SessionTicket()
	switch {
	case len(ticket) > 0:
		words = append(words, "offers a ticket")
	case len(h.SessionID) > 0:
		words = append(words, "offers a session")
	}
	return "ClientHello [" + strings.Join(words, ", ") + "]"
}

func serverHelloText(h *wire.ServerHello) string {
	data, present, _ := h.RenegotiationInfo()
	return fmt.Sprintf("ServerHello [%s, %s, %s]", h.Version, h.CipherSuite, infoText(data, present))
}

func infoText(data []byte, present bool) string {
	switch {
	case !present:
		return "no renegotiation_info"
	case len(data) == 0:
		return "renegotiation_info empty"
	default:
		return fmt.Sprintf("renegotiation_info of %d bytes", len(data))
	}
}
