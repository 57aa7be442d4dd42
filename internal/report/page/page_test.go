package page_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/report/page"
	"github.com/parley-tls/parley/internal/trace"
)

func written(t testing.TB, r *report.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := page.Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func compared(t testing.TB, a, b *report.Report) string {
	t.Helper()
	var out bytes.Buffer
	if err := page.Compare(&out, a, b); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// pages gives a page of each kind there is.
func pages(t testing.TB) map[string]string {
	return map[string]string{
		"founding": written(t, of(founding(t, 1))),
		"healthy":  written(t, of(healthy(t, 1))),
		"live":     written(t, of(accepted(t))),
		"many":     written(t, crowd(t, 40)),
		"hostile":  written(t, hostile(t)),
		"empty":    written(t, &report.Report{Tool: "Parley"}),

		"compared":         compared(t, of(founding(t, 1)), named("proper.pcap", of(healthy(t, 1)))),
		"compared-alike":   compared(t, of(healthy(t, 1)), of(healthy(t, 1))),
		"compared-hostile": compared(t, hostile(t), hostile(t)),
		"compared-empty":   compared(t, hostile(t), &report.Report{}),
	}
}

// An element is a tag as a page has it.
type element struct {
	name       string
	attributes map[string]string
}

// elements reads a page, which must be balanced as XML has it.
func elements(t testing.TB, text string) []element {
	t.Helper()
	var out []element
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := d.Token()
		switch {
		case errors.Is(err, io.EOF):
			return out
		case err != nil:
			t.Fatalf("not well-formed: %v", err)
		}
		if start, ok := token.(xml.StartElement); ok {
			e := element{start.Name.Local, map[string]string{}}
			for _, a := range start.Attr {
				e.attributes[a.Name.Local] = a.Value
			}
			out = append(out, e)
		}
	}
}

func TestAPageIsBalancedAndItsLinksLeadSomewhere(t *testing.T) {
	for name, text := range pages(t) {
		t.Run(name, func(t *testing.T) {
			all := elements(t, text)
			ids := map[string]bool{}
			for _, e := range all {
				if id := e.attributes["id"]; id != "" {
					if ids[id] {
						t.Errorf("two elements have the id %q", id)
					}
					ids[id] = true
				}
			}
			for _, e := range all {
				for _, attribute := range []string{"href", "aria-labelledby", "aria-describedby"} {
					if to, ok := e.attributes[attribute]; ok && !ids[strings.TrimPrefix(to, "#")] {
						t.Errorf("<%s %s=%q> leads nowhere", e.name, attribute, to)
					}
				}
			}
		})
	}
}

func TestAPageNeedsNothingElse(t *testing.T) {
	for name, text := range pages(t) {
		t.Run(name, func(t *testing.T) {
			for _, e := range elements(t, text) {
				switch e.name {
				case "script", "img", "link", "iframe", "object", "embed", "form", "input", "base", "foreignObject":
					t.Errorf("there is a <%s>", e.name)
				}
				for attribute, value := range e.attributes {
					if attribute == "href" && !strings.HasPrefix(value, "#") || attribute == "src" || attribute == "style" || strings.HasPrefix(attribute, "on") {
						t.Errorf("<%s> has %s=%q", e.name, attribute, value)
					}
				}
			}
			style := between(t, text, "<style>", "</style>")
			if strings.Contains(style, "url(") || strings.Contains(style, "@import") {
				t.Error("the style asks for something")
			}
			sum := sha256.Sum256([]byte(style))
			policy := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
			if got := elements(t, text)[3].attributes["content"]; got != policy {
				t.Errorf("the policy is %q, want %q", got, policy)
			}
		})
	}
}

func between(t testing.TB, text, before, behind string) string {
	t.Helper()
	_, text, _ = strings.Cut(text, before)
	text, _, found := strings.Cut(text, behind)
	if !found {
		t.Fatalf("nothing between %s and %s", before, behind)
	}
	return text
}

// nasty is what a peer or a file name may hold.
const nasty = `</title></style></text><script>alert(1)</script>" onload="alert(1)' {{.}} &lt;` + "\u202egnp.\u2066\x00\x1b[31m"

// hostile is a report all of whose texts are nasty and long.
func hostile(t testing.TB) *report.Report {
	return saying(t, nasty+strings.Repeat("A", 5000))
}

// saying is a report all of whose texts are one.
func saying(t testing.TB, bad string) *report.Report {
	d := founding(t, 1)
	d.Facts = diagnose.Facts{Version: bad, Suite: bad, Group: bad, KeyExchange: bad, ServerName: bad, ALPN: bad, JA3: bad, JA4: bad, Library: bad, LibraryGrounds: bad, Opened: bad, Locked: bad}
	f := &d.Findings[0]
	f.ID, f.Sentence, f.Cause, f.Missing = bad, bad, bad, []string{bad}
	f.Proof = append(f.Proof, diagnose.Proof{Frame: 12, Field: bad, Value: bad, Bytes: []byte(bad)})
	f.RuledOut = []diagnose.RuledOut{{What: bad, Why: bad}}
	f.Others = []diagnose.Other{{Server: bad, Answer: bad}}
	f.Remedies = []diagnose.Remedy{{Where: bad, Setting: bad, Cost: bad}, {Where: "Parley", Setting: "--" + bad}}
	d.Charges = []diagnose.Charge{{What: bad, Verdict: diagnose.Did, Why: bad}}
	d.Conversation.Prelude = &trace.Prelude{Protocol: bad, Refused: bad, Request: trace.Place{Frame: 2}, Reply: trace.Place{Frame: 3}}
	d.Conversation.Events = append(d.Conversation.Events,
		trace.Event{Name: trace.Closed, Detail: trace.FailureDetail{Finding: bad, Reason: bad}},
		trace.Event{Name: trace.Closed, From: trace.Server, Detail: trace.EndDetail{How: trace.EndReset, Odd: bad}})
	other := healthy(t, 2)
	r := of(d, other)
	r.Tool, r.Missing = bad, []string{bad}
	r.Source.Name, r.Source.Format, r.Source.SHA256, r.Source.Broken = bad, bad, bad, bad
	r.Survey = []diagnose.Remark{{Title: bad, Text: bad, Table: [][]string{{bad, bad}, {bad, bad}}}}
	return r
}

func TestNothingInAReportBecomesMarkup(t *testing.T) {
	text := written(t, hostile(t))
	for _, e := range elements(t, text) {
		if e.name == "script" || e.attributes["onload"] != "" {
			t.Errorf("a peer's text has become <%s>", e.name)
		}
	}
	for _, r := range "\u202e\u2066\x00\x1b" {
		if strings.ContainsRune(text, r) {
			t.Errorf("%U stands there as it came", r)
		}
	}
	if !strings.Contains(text, "[U+202E]") {
		t.Error("nothing says that the text would have been turned")
	}
	if n := strings.Count(text, "A"); n > 150_000 {
		t.Errorf("long texts are not bounded: %d bytes of them", n)
	}
}

func TestNoPageHoldsASecret(t *testing.T) {
	for name, text := range pages(t) {
		plain := strings.Map(func(r rune) rune {
			if r == ' ' || r == '\n' {
				return -1
			}
			return r
		}, strings.ToLower(text))
		for _, form := range []string{secret, hex.EncodeToString([]byte(secret))[:8], base64.StdEncoding.EncodeToString([]byte(secret))[:8]} {
			if strings.Contains(plain, strings.ToLower(form)) {
				t.Errorf("the page %s holds a session id or a ticket as %q", name, form)
			}
		}
	}
}

func TestThePageOfAUsualCaptureIsSmall(t *testing.T) {
	if n := len(written(t, of(founding(t, 1)))); n > 100_000 {
		t.Errorf("%d bytes", n)
	}
}

func TestThePageOfALargeCaptureIsBounded(t *testing.T) {
	text := written(t, crowd(t, 5000))
	if len(text) > 1_000_000 {
		t.Errorf("%d bytes", len(text))
	}
	for _, want := range []string{"Told in full below: 3 of 5,000 connections", "The table lists 400 connections, failures first; 4,600 are left out"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// One of each failure is told in full before a second of any.
func TestOfManyFailuresEachKindIsToldInFull(t *testing.T) {
	r := crowd(t, 60)
	for i, id := range []string{"cert-expired", "not-tls-http", "tcp-reset"} {
		odd := founding(t, 61+i)
		odd.Findings[0].ID = id
		r.Connections = append(r.Connections, odd)
	}
	text := written(t, r)
	for _, want := range []string{`<article class="case" id="c2">`, `<article class="case" id="c5">`, `<article class="case" id="c61">`, `<article class="case" id="c62">`, `<article class="case" id="c63">`} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %s", want)
		}
	}
	if strings.Contains(text, `id="c11"`) || strings.Contains(text, `id="c1"`) {
		t.Error("a fourth failure of one kind, or a healthy connection, is told in full")
	}
}

func TestThePageSaysFirstWhatHappenedAndWhoseFaultItIs(t *testing.T) {
	text := written(t, of(founding(t, 1)))
	at := 0
	for _, want := range []string{
		"<h1>The client began its handshake again inside the connection, and the server ended it.</h1>",
		"The client&#39;s, not the server&#39;s", "Likely: several facts", "frame 12", "--reset accept",
		"What happened", "it breaks here", "How we know", "Is it my fault?", "What to do", "parley serve", "What it is not", "What other servers answer", "What could not be seen",
		"What this report was made from", "SHA-256",
	} {
		n := strings.Index(text[at:], want)
		if n < 0 {
			t.Fatalf("the page does not say %q where it should", want)
		}
		at += n
	}
}

func TestNoPageIsSureOfAFaultThatItCannotTell(t *testing.T) {
	d := founding(t, 1)
	d.Findings = d.Findings[:1]
	d.Findings[0].Culprit, d.Findings[0].Confidence = diagnose.CulpritUnknown, diagnose.Sure
	if text := written(t, of(d)); strings.Contains(text, "Sure: it was read") || !strings.Contains(text, "It cannot be told from what was seen") {
		t.Error("the page is sure of whose fault it is, or does not say that it cannot be told")
	}
}

func TestEveryPageSaysWhetherItHoldsRealNames(t *testing.T) {
	const real, invented = "Contains real addresses and names", "Sanitized: addresses and names are invented"
	r := of(founding(t, 1))
	if text := written(t, r); !strings.Contains(text, real) || strings.Contains(text, invented) {
		t.Error("a report of a real capture does not warn")
	}
	r.Source.Sanitized = true
	if text := written(t, r); strings.Contains(text, real) || !strings.Contains(text, invented) {
		t.Error("a report of a sanitized capture warns, or says nothing")
	}
}

func named(name string, r *report.Report) *report.Report {
	r.Source.Name = name
	return r
}

func TestAComparisonMarksTheFirstDifference(t *testing.T) {
	text := compared(t, of(founding(t, 1)), named("proper.pcap", of(healthy(t, 1))))
	for _, want := range []string{"Here the two part: the first has the client&#39;s second hello (frame 12), the second", "device-floor-3.pcap", "proper.pcap", "finding: reneg-reset-hello"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for _, arrow := range []string{`id="a-wide9"`, `id="b-wide9"`, `id="a-narrow9"`, `id="b-narrow9"`} {
		if !strings.Contains(between(t, text, arrow, "</a>"), "the first difference") {
			t.Errorf("the arrow with %s is not marked", arrow)
		}
	}
	if n := strings.Count(text, ">▲ the first difference<"); n != 6 {
		t.Errorf("the first difference is marked %d times in two drawings and the details of two ladders", n)
	}
}

func TestAComparisonOfLikeConnectionsSaysSo(t *testing.T) {
	text := compared(t, of(healthy(t, 1)), of(healthy(t, 2)))
	if !strings.Contains(text, "The two are alike in all that was looked at.") || strings.Contains(text, "the first difference<") {
		t.Error("two healthy connections are said to differ")
	}
}

func TestAComparisonOfLongConnectionsIsBounded(t *testing.T) {
	a, b := founding(t, 1), healthy(t, 1)
	for _, d := range []*diagnose.Diagnosis{a, b} {
		data := d.Conversation.Events[12]
		for range 3000 {
			d.Conversation.Events = append(d.Conversation.Events, data, d.Conversation.Events[11])
		}
	}
	if n := len(compared(t, of(a), of(b))); n > 600_000 {
		t.Errorf("%d bytes", n)
	}
}

func TestAnArrowOpensTheFieldsAndBytesOfItsFrame(t *testing.T) {
	text := written(t, of(founding(t, 1)))
	hello := between(t, text, `id="c1-a1"`, "</section>")
	for _, want := range []string{"client_version", "device.example.net", "TLS_EMPTY_RENEGOTIATION_INFO_SCSV", "01 00 00"} {
		if !strings.Contains(hello, want) {
			t.Errorf("the ClientHello's details lack %q", want)
		}
	}
	if !strings.Contains(text, `href="#c1-a9">frame 12</a>`) {
		t.Error("the proof does not lead to the arrow that it speaks of")
	}
}
