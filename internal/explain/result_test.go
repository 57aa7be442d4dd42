package explain_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/parley-tls/parley/docs/findings"
	"github.com/parley-tls/parley/internal/explain"
	"github.com/parley-tls/parley/internal/report"
)

func TestEveryFindingIsExplainedByItsPage(t *testing.T) {
	for _, id := range findings.IDs() {
		for _, text := range []string{id, strings.ToUpper(id), "level=INFO msg=connection conn=7 client=10.0.0.7:4711 ended=" + id + " error=x"} {
			r := explain.Explain(text)
			if len(r.Items) != 1 || r.Items[0].Page == nil || r.Items[0].Page.ID != id {
				t.Errorf("%s: %+v", text, r)
			}
		}
	}
}

func TestParleysOwnLinesLeadToTheirFinding(t *testing.T) {
	for line, id := range map[string]string{
		`level=INFO msg=connection conn=3 client=10.0.0.7:4711 ja3=abc ended=reneg-restart-hello error="the client began again on the same TCP connection"`: "reneg-restart-hello",
		`msg=connection renegotiations="reneg-reset-hello at 1.0 s: accept" ended=tcp-reset`:                                                                "tcp-reset",
		`msg=connection ended=clean renegotiations="reneg-bare-hello at 1.0 s: refuse"`:                                                                     "reneg-bare-hello",
		`{"level":"INFO","msg":"connection","ended":"truncated"}`:                                                                                           "truncated",
		`parley: the client's record is not authentic; alert sent: bad_record_mac [record-mac]`:                                                             "record-mac",
		`level=INFO msg="handshake failed" ended=suite-none-shared error="no cipher suite in common; alert sent: handshake_failure"`:                        "suite-none-shared",
	} {
		r := explain.Explain(line)
		if len(r.Items) != 1 || r.Items[0].Page == nil || r.Items[0].Page.ID != id {
			t.Errorf("%s: %+v", line, r)
		}
	}
	for line, message := range map[string]string{
		`level=INFO msg=connection conn=3 ended=clean`:                                                       "ended=clean",
		`level=WARN msg=connection ended=backend error="backend: dial tcp 127.0.0.1:80: connection refused"`: "ended=backend",
		`{"msg":"connection","ended":"idle"}`:                                                                "ended=idle",
	} {
		r := explain.Explain(line)
		if len(r.Items) != 1 || r.Items[0].Message != message {
			t.Errorf("%s: %+v", line, r)
		}
	}
}

func TestLinesAreExplainedOnceEach(t *testing.T) {
	r := explain.Explain("Fatal error: A TLS fatal alert has been received.\n" +
		"*** Received alert [40]: Handshake failed\n" +
		"an idle line\n" +
		"*** Received alert [40]: Handshake failed\n" +
		"read ECONNRESET\n")
	var got []string
	for _, i := range r.Items {
		got = append(got, i.Message)
	}
	want := []string{"A TLS fatal alert has been received.", "handshake_failure", "Connection reset by peer"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestWhatNobodySaidIsNotPutIntoAMouth(t *testing.T) {
	for _, text := range []string{"read ECONNRESET", "SSL_accept: unexpected eof while reading", "curl: (28) SSL connection timeout"} {
		r := explain.Explain(text)
		if len(r.Items) != 1 || !strings.HasPrefix(r.Items[0].Who, "Nobody said it: ") {
			t.Errorf("%s: %+v", text, r)
		}
	}
}

func TestManyMessagesAreCounted(t *testing.T) {
	var text strings.Builder
	for _, n := range []string{"10", "20", "40", "42", "43", "44", "45", "46", "47", "48", "70", "80"} {
		text.WriteString("SSL alert number " + n + "\n")
	}
	r := explain.Explain(text.String())
	if len(r.Items) != 8 || r.Dropped != 4 {
		t.Errorf("%d shown, %d dropped", len(r.Items), r.Dropped)
	}
	if out := shown(t, r, 80); !strings.Contains(out, "4 further messages") {
		t.Error(out)
	}
}

func TestATextThatIsTooLongIsCutAndSaysSo(t *testing.T) {
	for _, long := range []string{strings.Repeat("x", 70<<10), strings.Repeat("alert 70\n", 9000), numbered(3000)} {
		r := explain.Explain(long)
		if out := shown(t, r, 80); !r.Cut || !strings.Contains(out, "Only the first 2000 lines") {
			t.Errorf("%t: %s", r.Cut, out)
		}
	}
	if r := explain.Explain(numbered(2000)); r.Cut {
		t.Error("2000 lines are cut")
	}
}

// numbered makes lines that are all different and say nothing.
func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "line %d\n", i)
	}
	return b.String()
}

func TestUnknownTextIsAnsweredHonestly(t *testing.T) {
	for _, test := range []struct{ text, nearest, heard string }{
		{"renge-reset-hello", "reneg-reset-hello", ""},
		{"handshake_failur", "handshake_failure", ""},
		{"isolat", "isolate", ""},
		{"wrong number of version bytes", "wrong version number", ""},
		{"fallback", "inappropriate fallback", ""},
		{"scsv was received in renegotiating twice", "scsv received when renegotiating", ""},
		{"error:0A0001FF:SSL routines::something new", "", "the words are OpenSSL's"},
		{"error:0A0001FF:SSL routines::something new", "", "reason 511"},
		{"2024/05/01 [info] something strange while SSL handshaking, client: 10.0.0.7", "", "it is the server's log"},
	} {
		r := explain.Explain(test.text)
		if r.Explained() {
			t.Errorf("%s becomes %q", test.text, r.Items[0].Message)
			continue
		}
		if test.nearest != "" && !slices.Contains(r.Nearest, test.nearest) {
			t.Errorf("%s: nearest are %q", test.text, r.Nearest)
		}
		out := shown(t, r, 200)
		if !strings.Contains(strings.Join(r.Heard, "\n"), test.heard) || !strings.Contains(out, test.heard) || !strings.Contains(out, "no message that Parley knows") {
			t.Errorf("%s: %q\n%s", test.text, r.Heard, out)
		}
	}
	for _, text := range []string{"", "\n\n", "the weather is fine", "GET / HTTP/1.1", "1234", "-7", "36887x"} {
		if r := explain.Explain(text); r.Explained() {
			t.Errorf("%q becomes %q", text, r.Items[0].Message)
		}
	}
}

func TestNoTextOfALogReachesTheTerminalRaw(t *testing.T) {
	r := explain.Explain("alert 70 \x1b[2Jevil\x07\nSSL alert number 40 \x1b]0;title\x07" + strings.Repeat("x", 5000))
	out := shown(t, r, 80)
	for _, c := range out {
		if c != '\n' && !unicode.IsPrint(c) {
			t.Fatalf("%q is printed:\n%q", c, out)
		}
	}
	if len(out) > 20000 {
		t.Errorf("%d bytes", len(out))
	}
}

func TestExplanationsFitTheirWidth(t *testing.T) {
	lines := []string{"wrong version number", "alert 40", "reneg-reset-hello", "secure", "isolate", "nothing", "SSL alert number 40\nread ECONNRESET"}
	for _, width := range []int{60, 80, 100, 120} {
		for _, text := range lines {
			for line := range strings.Lines(shown(t, explain.Explain(text), width)) {
				if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > width {
					t.Errorf("%s: %d columns, not %d: %s", text, n, width, line)
				}
			}
		}
	}
}

func TestColoursAreAskedFor(t *testing.T) {
	r := explain.Explain("wrong version number")
	var plain, coloured bytes.Buffer
	_ = explain.Terminal(&plain, r, report.Style{Width: 80})
	_ = explain.Terminal(&coloured, r, report.Style{Width: 80, Color: true})
	if strings.Contains(plain.String(), "\x1b") || !strings.Contains(coloured.String(), "\x1b[1m") {
		t.Errorf("%q", coloured.String())
	}
}

func TestJSONHasWhatTheTerminalHas(t *testing.T) {
	var out bytes.Buffer
	if err := explain.JSON(&out, explain.Explain("SSL_accept: error:14094418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca\nreneg-bare-hello\nnothing")); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Version   int
		Explained bool
		Messages  []struct {
			Line, Message, Library, Code, Meaning, Who, Parley, Client, Capture string
			FoundBy                                                             string `json:"found_by"`
			Alert                                                               *struct {
				Number int
				Name   string
			}
			Causes []struct{ Finding, Why string }
			Page   *struct {
				ID, Level, Sentence string
				Sections            []struct {
					Title string
					Text  []string
				}
			}
		}
	}
	d := json.NewDecoder(&out)
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got.Version != 1 || !got.Explained || len(got.Messages) != 2 {
		t.Fatalf("%+v", got)
	}
	first, second := got.Messages[0], got.Messages[1]
	if first.Alert == nil || first.Alert.Number != 48 || first.Alert.Name != "unknown_ca" || first.FoundBy != "client" || first.Causes[0].Finding != "cert-unknown-ca" || first.Library != "OpenSSL" || first.Line == "" {
		t.Errorf("%+v", first)
	}
	if second.Page == nil || second.Page.ID != "reneg-bare-hello" || len(second.Page.Sections) < 4 {
		t.Errorf("%+v", second)
	}
}

func shown(t *testing.T, r explain.Result, width int) string {
	t.Helper()
	var out bytes.Buffer
	if err := explain.Terminal(&out, r, report.Style{Width: width}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func FuzzExplain(f *testing.F) {
	for _, seed := range []string{
		"", "alert 70", "reneg-reset-hello", "error:1408F10B:SSL routines:SSL3_GET_RECORD:wrong version number:s3_pkt.c:337:",
		"-0x7780", "0x80090326", "Received alert [40]: Handshake failed\nremote error: tls: bad certificate", "\xff\xfe\x00", "ended=", "renge",
		"alert alert alert 0x4 [1:20]", "SSL_accept SSL_connect", strings.Repeat("wrong version ", 500),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := explain.Explain(text)
		if len(r.Items) > 8 || len(r.Nearest) > 5 || len(r.Heard) > 4 {
			t.Fatalf("%+v", r)
		}
		var terminal, object bytes.Buffer
		if err := explain.Terminal(&terminal, r, report.Style{Width: 60}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(terminal.String()) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 60 {
				t.Fatalf("%d columns: %q", n, line)
			}
		}
		if err := explain.JSON(&object, r); err != nil || !json.Valid(object.Bytes()) {
			t.Fatalf("%v: %s", err, &object)
		}
	})
}
