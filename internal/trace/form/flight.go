package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/parley-tls/parley/internal/trace"
)

// FlightSchema names the form of a flight. What a new version of it adds makes it
// another: whoever reads flights reads them wholly or not at all.
const FlightSchema = "parley.flight/1"

// A Flight is what a server kept of a connection: the last events before it ended
// badly, or until somebody asked.
type Flight struct {
	Schema       string       `json:"schema" enum:"parley.flight/1" doc:"the form and its version"`
	ID           string       `json:"id" doc:"as the log has it in flight; empty: the connection was open when somebody asked"`
	Tool         string       `json:"tool" doc:"what wrote it"`
	Listener     string       `json:"listener" doc:"the name of the listener; empty: it has none"`
	Finding      string       `json:"finding" doc:"the id of what mattered most"`
	Sentence     string       `json:"sentence" doc:"what happened"`
	Anonymous    bool         `json:"anonymous" doc:"addresses and the server name are others"`
	Conversation Conversation `json:"conversation" doc:"the connection"`
}

// Events are those of a conversation.
type Events []Event

// UnmarshalJSON reads no more of them than a server keeps: empty ones are short to
// write and take memory.
func (list *Events) UnmarshalJSON(b []byte) error {
	d := strict(bytes.NewReader(b))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		if len(*list) == maxEvents {
			return fmt.Errorf("it has more events than the %d that a server may keep", maxEvents)
		}
		var e Event
		if err := d.Decode(&e); err != nil {
			return err
		}
		*list = append(*list, e)
	}
	return nil
}

// maxFlight bounds what of a flight is read: many times what a server writes.
const maxFlight = 1 << 20

// A FlightReader reads flights, one behind the other, from a file or several.
type FlightReader struct {
	from    *io.LimitedReader
	decoder *json.Decoder
	read    int
}

// NewFlightReader reads from r.
func NewFlightReader(r io.Reader) *FlightReader {
	from := &io.LimitedReader{R: r}
	return &FlightReader{from: from, decoder: strict(from)}
}

func strict(r io.Reader) *json.Decoder {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	return d
}

// Next gives the next flight and its conversation; io.EOF: there is none.
func (r *FlightReader) Next() (*Flight, *trace.Conversation, error) {
	r.from.N = maxFlight
	r.read++
	var f Flight
	switch err := r.decoder.Decode(&f); {
	case err == nil:
	case r.from.N == 0:
		return nil, nil, fmt.Errorf("flight %d is longer than %d bytes, which none is that a server wrote", r.read, maxFlight)
	case errors.Is(err, io.EOF):
		return nil, nil, io.EOF
	default:
		return nil, nil, fmt.Errorf("flight %d: %w", r.read, err)
	}
	if f.Schema != FlightSchema {
		return nil, nil, fmt.Errorf("flight %d: its schema is %.40q, and this program reads %s", r.read, f.Schema, FlightSchema)
	}
	c, err := f.Conversation.Conversation()
	if err != nil {
		return nil, nil, fmt.Errorf("flight %d: %w", r.read, err)
	}
	return &f, c, nil
}
