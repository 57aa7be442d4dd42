package form

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// trace reads an event back. Hello is the one that a second hello's detail is
// about.
func (e Event) trace(conn uint64, hello *wire.ClientHello) (trace.Event, error) {
	side, err := sideNamed(e.From)
	if err != nil {
		return trace.Event{}, err
	}
	out := trace.Event{
		Conn: conn, At: time.Duration(e.At), From: side, Name: trace.EventName(e.Name), Epoch: e.Epoch, Handshake: e.Handshake, Finding: e.Finding,
	}
	out.Detail, err = e.detail(hello)
	return out, err
}

var errNoObject = errors.New("it has not the object that its name calls for")

// detail reads what the event's name calls for. Events that only captures have
// are none here.
func (e Event) detail(hello *wire.ClientHello) (any, error) {
	switch trace.EventName(e.Name) {
	case trace.Opened:
		return e.Opened.detail(), nil
	case trace.Message:
		return e.Message.detail()
	case trace.Keys:
		return e.Keys.detail()
	case trace.HandshakeBegun, trace.Held, trace.Released, trace.Isolated, trace.HelloRequest:
		return nil, nil
	case trace.HandshakeDone:
		return e.Done.detail()
	case trace.HandshakeFailed, trace.Closed:
		return e.Failure.detail()
	case trace.SecondHello:
		return e.SecondHello.detail(hello)
	case trace.Answered:
		return e.Answered.detail()
	case trace.AlertEvent:
		return e.Alert.detail()
	case trace.Data, trace.Crossed:
		return e.Data.detail()
	case trace.Rationed:
		return trace.RationedDetail{Wait: time.Duration(e.Wait)}, nil
	}
	return nil, errors.New("no live server tells such an event")
}

func (o *Opened) detail() any {
	if o == nil {
		return trace.OpenedDetail{}
	}
	return trace.OpenedDetail{Client: o.Client}
}

func (m *Message) detail() (any, error) {
	if m == nil {
		return nil, errNoObject
	}
	kind, err := numbered(messages, "message", m.Type)
	if err != nil || m.Bytes == "" {
		return trace.MessageDetail{Type: kind, Length: m.Length, Fault: m.Fault}, err
	}
	raw, err := hex.DecodeString(m.Bytes)
	if err != nil {
		return nil, fmt.Errorf("its bytes: %w", err)
	}
	parse := func(b []byte) (*wire.ClientHello, error) { return wire.ParseClientHello(b) }
	if m.ClientHello != nil && m.ClientHello.SSL2Format {
		parse = wire.ParseSSL2ClientHello
	}
	hello, err := parse(raw)
	if err != nil && m.Fault == "" {
		return nil, fmt.Errorf("its bytes: %w", err)
	}
	return trace.MessageDetail{Type: kind, Length: m.Length, Fault: m.Fault, Hello: hello}, nil
}

func (k *Keys) detail() (any, error) {
	if k == nil {
		return nil, errNoObject
	}
	version, err := numbered(versions, "version", k.Version)
	suite, id, wrong := suiteNamed(k.CipherSuite)
	return trace.KeysDetail{Version: version, Suite: suite, SuiteID: id, Opened: k.Opened, Locked: k.Locked}, errors.Join(err, wrong)
}

func (h *Handshake) detail() (any, error) {
	if h == nil {
		return nil, errNoObject
	}
	version, err1 := numbered(versions, "version", h.Version)
	suite, id, err2 := suiteNamed(h.CipherSuite)
	group, err3 := numbered(groups, "group", h.Group)
	ran, err4 := numbered(terms, "terms", h.Terms)
	return trace.HandshakeDetail{
		Version: version, Suite: suite, SuiteID: id, Group: group, ServerName: h.ServerName, ALPN: h.ALPN, Terms: ran,
		Resumed: h.Resumed, ExtendedMasterSecret: h.ExtendedMasterSecret, ClientCertificate: h.ClientCertificate,
		SecureRenegotiation: h.SecureRenegotiation, Unverified: h.Unverified,
	}, errors.Join(err1, err2, err3, err4)
}

func (f *Failure) detail() (any, error) {
	if f == nil {
		return nil, errNoObject
	}
	return trace.FailureDetail{Finding: f.Finding, Reason: f.Reason}, nil
}

func (s *Second) detail(hello *wire.ClientHello) (any, error) {
	if s == nil {
		return nil, errNoObject
	}
	kind, err := numbered(kinds, "kind", s.Kind)
	header, wrong := numbered(versions, "version", s.Header)
	out := trace.SecondHelloDetail{
		Kind: kind, Resumes: s.Resumes, WhyNotResumed: s.WhyNotResumed, Asked: s.Asked, Count: s.Count,
		FromClient: s.FromClient, ToClient: s.ToClient, HeaderVersion: header, Hello: hello,
	}
	if len(s.Proof) > 0 {
		out.Proof = slices.Clone(s.Proof)
	}
	return out, errors.Join(err, wrong)
}

func (a *Answered) detail() (any, error) {
	if a == nil {
		return nil, errNoObject
	}
	kind, err1 := numbered(kinds, "kind", a.Kind)
	answer, err2 := numbered(answers, "answer", a.Answer)
	on, err3 := numbered(terms, "terms", a.Terms)
	if a.Terms == "" {
		on = renego.TermsInitial
	}
	return trace.AnsweredDetail{Kind: kind, Answer: answer, Terms: on, Bound: a.Bound, Reason: a.Reason}, errors.Join(err1, err2, err3)
}

func (a *Alert) detail() (any, error) {
	if a == nil {
		return nil, errNoObject
	}
	level, err := numbered(levels, "level", a.Level)
	alert := wire.Alert(a.Number)
	if err == nil && (int(alert) != a.Number || alert.String() != a.Description) {
		err = fmt.Errorf("no alert is %.40q with the number %d", a.Description, a.Number)
	}
	return trace.AlertDetail{Level: level, Alert: alert}, err
}

func (d *Data) detail() (any, error) {
	if d == nil {
		return nil, errNoObject
	}
	return trace.DataDetail{FromClient: d.FromClient, ToClient: d.ToClient, Sealed: d.Sealed, Records: d.Records, Short: d.Short, Until: time.Duration(d.Until)}, nil
}
