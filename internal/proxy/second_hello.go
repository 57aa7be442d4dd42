package proxy

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/renego"
)

// maxHellos bounds the second hellos that a log line tells one by one.
const maxHellos = 16

// A secondHello is what a log line tells of one.
type secondHello struct {
	Finding    string   `json:"finding"`
	Kind       string   `json:"kind"`
	Proof      []string `json:"proof"`
	Asked      bool     `json:"asked"` // the server had sent a HelloRequest
	At         seconds  `json:"at"`
	FromClient int64    `json:"from_client"` // application bytes before it
	ToClient   int64    `json:"to_client"`
	Waited     seconds  `json:"waited,omitzero"` // for its ration
	Answer     string   `json:"answer"`
	Terms      string   `json:"terms,omitempty"`
	Bound      string   `json:"bound,omitempty"`
	Reason     string   `json:"reason,omitempty"`
	Crossed    int64    `json:"crossed,omitempty"` // bytes of data that came amid its handshake
	Outcome    string   `json:"outcome"`
	Failure    string   `json:"failure,omitempty"`

	handshake int
	verdict   renego.Verdict
	terms     renego.Terms
}

// The outcomes of a second hello.
const (
	outcomeDone   = "done"
	outcomeFailed = "failed"
	outcomeNone   = "none" // no handshake came of it
)

// secondHellos are those of a stream, as many as a line tells.
type secondHellos struct {
	told []secondHello
	more int // that are not told
}

func (h *secondHellos) begin(e parley.Event, d parley.SecondHelloDetail) {
	if len(h.told) == maxHellos {
		h.more++
		return
	}
	h.told = append(h.told, secondHello{
		Finding: e.Finding, Kind: d.Kind.String(), Proof: boundedAll(d.Proof), Asked: d.Asked, At: seconds(e.At),
		FromClient: d.FromClient, ToClient: d.ToClient, Outcome: outcomeNone, handshake: e.Handshake,
		verdict: renego.Verdict{Kind: d.Kind, Resumes: d.Resumes, WhyNotResumed: d.WhyNotResumed, LikeFirst: d.LikeFirst, FirstSignalled: d.FirstSignalled},
	})
}

// at finds the hello that began a handshake; nil: it is not told.
func (h *secondHellos) at(handshake int) *secondHello {
	for i := range h.told {
		if h.told[i].handshake == handshake {
			return &h.told[i]
		}
	}
	return nil
}

func (h *secondHellos) answer(handshake int, d parley.AnsweredDetail) {
	if s := h.at(handshake); s != nil {
		s.Answer, s.Bound, s.Reason = d.Answer.String(), bounded(d.Bound), bounded(d.Reason)
		s.terms = d.Terms
		if d.Terms != parley.TermsInitial {
			s.Terms = d.Terms.String()
		}
	}
}

// end notes how the handshake ended; why is empty where it ended well.
func (h *secondHellos) end(handshake int, why string) {
	s := h.at(handshake)
	switch {
	case s == nil:
	case why == "":
		s.Outcome = outcomeDone
	default:
		s.Outcome, s.Failure = outcomeFailed, bounded(why)
	}
}

func (h *secondHellos) crossed(handshake int, n int64) {
	if s := h.at(handshake); s != nil {
		s.Crossed += n
	}
}

func (h *secondHellos) wait(handshake int, d time.Duration) {
	if s := h.at(handshake); s != nil {
		s.Waited += seconds(d)
	}
}

// MarshalJSON gives the list, for log lines in JSON.
func (h secondHellos) MarshalJSON() ([]byte, error) { return json.Marshal(h.told) }

// MarshalText gives one phrase for each, for log lines in text.
func (h secondHellos) MarshalText() ([]byte, error) {
	var out []string
	for _, s := range h.told {
		out = append(out, s.String())
	}
	return []byte(strings.Join(out, "; ")), nil
}

// String tells the hello in one phrase.
func (s secondHello) String() string {
	text := fmt.Sprintf("%s at %ss, %d bytes in: %s", s.Finding, s.At, s.FromClient, s.Answer)
	if s.Terms != "" {
		text += ", terms " + s.Terms
	}
	if s.Bound != "" {
		text += ", bound by " + s.Bound
	}
	text += ", " + s.Outcome
	for _, why := range []string{s.Reason, s.Failure} {
		if why != "" {
			text += " (" + why + ")"
		}
	}
	return text + " [" + strings.Join(s.Proof, ", ") + "]"
}
