package explain

import (
	"encoding/json"
	"io"

	"github.com/parley-tls/parley/internal/trace"
)

// jsonVersion changes when a field changes its meaning or goes; fields may be
// added under the same version.
const jsonVersion = 1

type jsonResult struct {
	Version    int        `json:"version"`
	Explained  bool       `json:"explained"`
	Messages   []jsonItem `json:"messages"`
	Dropped    int        `json:"dropped,omitempty"`
	Cut        bool       `json:"cut,omitempty"`
	Recognised []string   `json:"recognised,omitempty"`
	Nearest    []string   `json:"nearest,omitempty"`
}

type jsonItem struct {
	Line    string      `json:"line"`
	Message string      `json:"message"`
	Library string      `json:"library,omitempty"`
	Code    string      `json:"code,omitempty"`
	Alert   *jsonAlert  `json:"alert,omitempty"`
	Meaning string      `json:"meaning"`
	Who     string      `json:"who,omitempty"`
	Fault   string      `json:"found_by,omitempty"` // "client" or "server": which side found fault
	Causes  []jsonCause `json:"causes,omitempty"`
	Parley  string      `json:"parley,omitempty"`
	Client  string      `json:"client,omitempty"`
	Capture string      `json:"capture,omitempty"`
	Page    *jsonPage   `json:"page,omitempty"`
}

type jsonAlert struct {
	Number uint8  `json:"number"`
	Name   string `json:"name"`
}

type jsonCause struct {
	Finding string `json:"finding,omitempty"`
	Why     string `json:"why"`
}

type jsonPage struct {
	ID       string        `json:"id"`
	Level    string        `json:"level"`
	Sentence string        `json:"sentence"`
	Sections []jsonSection `json:"sections"`
}

type jsonSection struct {
	Title string   `json:"title"`
	Text  []string `json:"text"`
}

// JSON writes a result for a program.
func JSON(w io.Writer, r Result) error {
	out := jsonResult{
		Version: jsonVersion, Explained: r.Explained(), Messages: []jsonItem{},
		Dropped: r.Dropped, Cut: r.Cut, Recognised: r.Heard, Nearest: r.Nearest,
	}
	for _, i := range r.Items {
		out.Messages = append(out.Messages, i.json())
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

func (i Item) json() jsonItem {
	j := jsonItem{
		Line: i.Line, Message: i.Message, Library: i.Library, Code: i.Code, Meaning: i.Meaning,
		Who: i.Who, Parley: i.Parley, Client: i.Client, Capture: i.Capture,
	}
	if i.Fault != trace.Nobody {
		j.Fault = i.Fault.String()
	}
	if i.Alert != nil {
		j.Alert = &jsonAlert{Number: uint8(*i.Alert), Name: i.Alert.String()}
	}
	for _, c := range i.Causes {
		j.Causes = append(j.Causes, jsonCause{Finding: c.Finding, Why: c.Why})
	}
	if e := i.Page; e != nil {
		j.Page = &jsonPage{ID: e.ID, Level: e.Level, Sentence: e.Sentence}
		for _, s := range e.Sections {
			j.Page.Sections = append(j.Page.Sections, jsonSection{Title: s.Title, Text: s.Paragraphs})
		}
	}
	return j
}
