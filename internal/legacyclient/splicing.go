package legacyclient

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/parley-tls/parley/internal/record"
	"github.com/parley-tls/parley/internal/wire"
)

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
