package replay

import (
	"fmt"
	"time"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// What a plan may grow to.
const (
	maxSteps = 16 << 10
	maxData  = 12 << 10 // of them that are about data
	maxBytes = 32 << 20
	maxGap   = 5 * time.Minute
	maxTime  = 15 * time.Minute // in all
)

// A Plan is what the client of a captured connection did, as something to do.
type Plan struct {
	Steps []Step
	Talk  []Spoken // before TLS; the server's are awaited
	Fail  *Failure // nil: nothing failed in the capture
	// Session: the first hello offers a session of an earlier connection. One must be
	// made to have it.
	Session     bool
	TakesData   bool // the client bears data that crosses its handshake
	Certificate bool // it showed one
	Sealed      bool // what passed under keys could not be read
	// CaptureFailed: the captured connection did, wherever.
	CaptureFailed bool
	Partial       bool // what follows on the last step is not replayed
	Modern        bool // since it is TLS 1.3
	Data          int64
	Time          time.Duration // what the gaps add up to
	Notes         []string      // what is not as in the capture, and what is only concluded
}

// An Act is what a step does.
type Act uint8

// The acts. Those that await something wait for what the server did then.
const (
	ActHello Act = iota + 1
	ActAwaitFlight
	ActKeyExchange // Certificate and CertificateVerify, where they are due, with it
	ActChange      // ChangeCipherSpec
	ActFinished
	ActAwaitFinished
	ActData
	ActAwaitData
	ActAwaitRequest // HelloRequest
	ActAwaitRefusal // the warning no_renegotiation
	ActAlert
	ActAwaitEnd
	ActDamaged // a record that does not open
	ActClose
	ActReset
)

// acts reports whether a step of this kind is the client's own doing.
func (a Act) acts() bool {
	switch a {
	case ActAwaitFlight, ActAwaitFinished, ActAwaitData, ActAwaitRequest, ActAwaitRefusal, ActAwaitEnd:
		return false
	}
	return true
}

// A Step is one thing that the client did or waited for.
type Step struct {
	Act    Act
	Frame  int
	Shapes []Shape
	Hello  *HelloStep       // ActHello
	Type   wire.ContentType // ActDamaged
	Bytes  int64            // ActData: to send; ActAwaitData: from the server in all
	Data   []byte           // ActData: what is sent; nil: filler
	Alert  AlertStep        // ActAlert
	Wrong  bool             // ActFinished: its verify_data is
	End    *EndStep         // ActAwaitEnd
	Wait   time.Duration    // how long it took in the capture
	Done   *HandshakeResult // ActAwaitFinished
}

// A Shape says how one record is made.
type Shape struct {
	Header  wire.Version  // zero: the negotiated one
	MAC     wire.Version  // what MAC or AEAD data name; zero: the negotiated one
	Content int           // how long what it holds is; -1: nobody knows
	After   time.Duration // the gap before it
	Cuts    []Cut
	More    bool // the next record goes in the packet in which this one ends
}

// A Cut is where in a record another packet begins.
type Cut struct {
	At    int
	After time.Duration
}

// An Offer is the session that a hello offers.
type Offer uint8

// The offers.
const (
	OfferNone     Offer = iota
	OfferInUse          // this connection's
	OfferStranger       // one that this connection does not know
)

// A HelloStep is a hello to send.
type HelloStep struct {
	Kind   renego.Kind       // zero: the first
	Like   *wire.ClientHello // as it was captured, or the first where it could not be read
	Offers Offer
	// Verify: renegotiation_info is the client's verify_data. Else it stays as it was.
	Verify bool
	// Concluded says how well the kind is founded where the hello was not read; empty:
	// it was.
	Concluded string
	Asked     bool
	Injected  bool // in clear, and the client goes on under its keys
	Number    int  // of the hello; 1: the first
	Length    int
	Begun     int    // how many of the step's records came before Between; 0: all
	Between   []Step // data between the parts of the hello
}

// An AlertStep is an alert to send.
type AlertStep struct {
	Level wire.AlertLevel
	Alert wire.Alert
	// Concluded: it was sealed, and is taken for this one.
	Concluded bool
	// Crossed: it was sent because data crossed the handshake. If none does here, the
	// handshake goes on.
	Crossed bool
}

// An EndStep is how the server ended the connection.
type EndStep struct {
	Level  wire.AlertLevel // zero: no alert
	Alert  wire.Alert
	Sealed bool      // an alert, and nobody knows which
	How    trace.End // where there was no alert
	// Answer: it stood in the place of the server's answer to a handshake. If another
	// comes, the handshake goes on.
	Answer bool
}

// A HandshakeResult is what a handshake came to.
type HandshakeResult struct {
	Version wire.Version
	Suite   wire.SuiteID
	Resumed bool
}

// A Failure is where the captured connection failed.
type Failure struct {
	Step int
	By   trace.Side
}

// lastAct is the last thing that the client did up to a step: where something
// stopped, told by what it answered.
func (p *Plan) lastAct(step int) int {
	for i := min(step, len(p.Steps)-1); i >= 0; i-- {
		if p.Steps[i].Act.acts() {
			return i
		}
	}
	return -1
}

func (p *Plan) note(format string, args ...any) {
	p.Notes = append(p.Notes, fmt.Sprintf(format, args...))
}
