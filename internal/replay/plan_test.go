package replay

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// What a key would add is said, and with it there is more to play.
func TestWithoutAKeyTheRestIsSaidAndLeftOut(t *testing.T) {
	const name = captures + "rig/openssl-reset-ssl3-RC4-SHA.pcapng"
	_, p := loaded(t, name, false)
	if !p.Partial || len(p.Notes) == 0 || !strings.Contains(strings.Join(p.Notes, " "), "--key") {
		t.Errorf("without the key: %v %q", p.Partial, p.Notes)
	}
	if _, opened := loaded(t, name, true); opened.Partial || len(opened.Steps) <= len(p.Steps) {
		t.Errorf("with it: %v %q", opened.Partial, opened.Notes)
	}
}

// The client's pauses are between what it saw and what it did.
func TestPausesAreTheClients(t *testing.T) {
	start := time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	file := drawn(t, func(r *capture.Recorder) {
		r.Open(at(0))
		hello := clearRecord(wire.TypeHandshake, someHello().Marshal())
		r.Send(capture.AtoB, at(20), hello[:10])
		r.Send(capture.AtoB, at(50), hello[10:])
		r.Send(capture.BtoA, at(1000), clearRecord(wire.TypeAlert, []byte{2, 40}))
		r.Close(capture.AtoB, at(1400))
	})
	_, p := planned(t, bytes.NewReader(file), LoadOptions{})
	if got := p.Steps[0].Shapes; len(got) != 1 || got[0].After != 20*time.Millisecond || !slices.Equal(got[0].Cuts, []Cut{{10, 30 * time.Millisecond}}) {
		t.Errorf("the hello: %+v", got)
	}
	if end := p.Steps[1]; end.Act != ActAwaitEnd || end.Wait != 950*time.Millisecond || end.End.Alert != wire.AlertHandshakeFailure {
		t.Errorf("the alert: %+v", end)
	}
	if last := p.Steps[2]; last.Act != ActClose || last.Wait != 400*time.Millisecond {
		t.Errorf("the FIN: %+v", last)
	}
	if scaled(p.Time, 10) != 45*time.Millisecond || scaled(p.Time, 0) != 0 {
		t.Errorf("in all %v", p.Time)
	}
}

func TestLongPausesAreCutAndThatIsSaid(t *testing.T) {
	file := drawn(t, func(r *capture.Recorder) {
		start := time.Unix(1e9, 0)
		r.Open(start)
		r.Send(capture.AtoB, start.Add(10*time.Hour), clearRecord(wire.TypeHandshake, someHello().Marshal()))
	})
	_, p := planned(t, bytes.NewReader(file), LoadOptions{})
	if p.Time > maxTime || !strings.Contains(strings.Join(p.Notes, " "), "longer pauses are cut to 5m") {
		t.Errorf("%v, %q", p.Time, p.Notes)
	}
}

// A hello at the end of a long talk is not lost: pauses and data are, if anything.
func TestLongTalkIsPlayedToItsHello(t *testing.T) {
	address := ours(t, nil)
	m, _ := legacyclient.Named("reset")
	var talk []func(*legacyclient.Client) error
	for range 300 {
		talk = append(talk, echo(40))
	}
	file := recorded(t, address, steps(handshake, steps(talk...), m.Run, goodbye))
	_, p := planned(t, bytes.NewReader(file), LoadOptions{})
	if lines := p.Lines(); len(lines) > 15 || !strings.Contains(lines[4].Text, "12000 bytes of filler in place of data in 300 turns, between them 12000 bytes") {
		t.Errorf("%d lines: %+v", len(lines), lines)
	}
	r := played(t, p, address)
	if r.Verdict.Status != Served || len(r.Live.Facts.SecondHellos) != 1 || r.Live.Facts.SecondHellos[0].FromClient != 12000 {
		t.Errorf("%+v %+v", r.Verdict, r.Live.Facts)
	}
	short := &planner{c: &Captured{}, plan: &Plan{Data: maxBytes}}
	if !short.enough() || len(short.plan.Notes) != 1 {
		t.Error("data has no end")
	}
}

// A client that says nothing more is played as one.
func TestStallIsNotEndedByTheReplay(t *testing.T) {
	impatient := serve(t, func(c net.Conn) {
		s := parley.Server(c, &parley.Config{Certificates: certificates(), HandshakeTimeout: 300 * time.Millisecond})
		_ = s.HandshakeContext(t.Context())
		_ = s.Close()
	})
	file := recorded(t, impatient, func(c *legacyclient.Client) error {
		if err := c.Begin(legacyclient.Hello{}); err != nil {
			return err
		}
		if err := c.ReceiveFlight(); err != nil {
			return err
		}
		return c.AwaitEnd()
	})
	was, p := planned(t, bytes.NewReader(file), LoadOptions{})
	if !was.Diagnosis.Failed() {
		t.Fatal("the capture is no failure")
	}
	if r := played(t, p, impatient); r.Verdict.Status != AsCaptured {
		t.Errorf("%+v", r.Verdict)
	}
}

// The client's data goes out only if that is asked for, and is as long either way.
func TestDataIsFillerUnlessAskedFor(t *testing.T) {
	const secret = "something of the client's own"
	say := func(c *legacyclient.Client) error { _, err := c.Write([]byte(secret)); return err }
	file := recorded(t, ours(t, nil), steps(handshake, say, goodbye))
	for _, asked := range []bool{false, true} {
		_, p := planned(t, bytes.NewReader(file), LoadOptions{Data: asked})
		got := make(chan string, 1)
		address := serve(t, func(c net.Conn) {
			s := parley.Server(c, &parley.Config{Certificates: certificates()})
			b, _ := io.ReadAll(s)
			got <- string(b)
			_ = s.Close()
		})
		played(t, p, address)
		if text := <-got; (text == secret) != asked || len(text) != len(secret) {
			t.Errorf("asked for %v: the server reads %q", asked, text)
		}
	}
}

func TestDataCanBeLeftOut(t *testing.T) {
	_, p := loaded(t, captures+"founding-tls12.pcap", true)
	p.Adapt(Given{NoData: true})
	if r := played(t, p, ours(t, nil)); r.Verdict.Status != Served || !r.Outcome.Beyond || r.Live.Facts.FromClient != 0 {
		t.Errorf("%+v, %d bytes", r.Verdict, r.Live.Facts.FromClient)
	}
	if r := played(t, p, gos(t, nil)); r.Verdict.Status != AsCaptured {
		t.Errorf("%+v", r.Verdict)
	}
}

func TestAnotherServerNameCanBeAskedFor(t *testing.T) {
	_, p := loaded(t, captures+"founding-tls12.pcap", true)
	p.Adapt(Given{ServerName: "other.example"})
	r := played(t, p, ours(t, nil))
	if r.Live.Facts.ServerName != "other.example" || r.Verdict.Status != Served || !strings.Contains(p.Lines()[0].Text, "server_name other.example") {
		t.Errorf("%+v, %q", r.Live.Facts, p.Lines()[0].Text)
	}
}

// A dialogue before TLS is spoken again.
func TestDialogueBeforeTLSIsSpoken(t *testing.T) {
	smtp := serve(t, func(c net.Conn) {
		_, _ = io.WriteString(c, "220 mail.example ESMTP\r\n")
		for _, want := range []string{"EHLO", "STARTTLS"} {
			b := make([]byte, 100)
			if n, err := c.Read(b); err != nil || !strings.HasPrefix(string(b[:n]), want) {
				return
			}
			_, _ = io.WriteString(c, map[string]string{"EHLO": "250-mail.example\r\n250 STARTTLS\r\n", "STARTTLS": "220 go ahead\r\n"}[want])
		}
		s := parley.Server(c, &parley.Config{Certificates: certificates()})
		_, _ = io.Copy(s, s)
		_ = s.Close()
	})
	name := recordedRaw(t, smtp, func(c net.Conn, o legacyclient.Options) error {
		b := make([]byte, 1000)
		for _, say := range []string{"", "EHLO client.example\r\n", "STARTTLS\r\n"} {
			if _, err := io.WriteString(c, say); err != nil {
				return err
			}
			if _, err := c.Read(b); err != nil {
				return err
			}
		}
		return steps(handshake, echo(30), goodbye)(legacyclient.New(c, o))
	})
	was, p := planned(t, bytes.NewReader(name), LoadOptions{})
	if was.Diagnosis.Conversation.Prelude == nil || len(p.Talk) == 0 {
		t.Fatalf("there is no dialogue: %+v", was.Diagnosis.Conversation)
	}
	if r := played(t, p, smtp); r.Verdict.Status != Served || r.Live.Conversation.Prelude == nil {
		t.Errorf("%+v %+v", r.Verdict, r.Remarks)
	}
}

// One connection of many is chosen: the first that failed, or the one asked for.
func TestOneConnectionIsChosen(t *testing.T) {
	address := ours(t, nil)
	m, _ := legacyclient.Named("restart")
	file := recorded(t, address, steps(handshake, echo(10), goodbye), steps(handshake, m.Run), steps(handshake, echo(30), goodbye))
	for number, want := range map[int]int{0: 2, 1: 1, 3: 3} {
		c, err := Load("three.pcapng", bytes.NewReader(file), LoadOptions{Connection: number})
		if err != nil || c.Diagnosis.Conversation.Number != want || c.Of != 3 {
			t.Errorf("asked for %d: %v, %+v", number, err, c)
		}
	}
	_, err := Load("three.pcapng", bytes.NewReader(file), LoadOptions{Connection: 4})
	refuse(t, err, ErrNothing)
}

func TestVerdicts(t *testing.T) {
	hello := Step{Act: ActHello, Hello: &HelloStep{Like: someHello()}}
	end := func(e EndStep) Step { return Step{Act: ActAwaitEnd, End: &e} }
	fatal := EndStep{Level: wire.LevelFatal, Alert: wire.AlertProtocolVersion}
	other := EndStep{Level: wire.LevelFatal, Alert: wire.AlertHandshakeFailure}
	failed := &Plan{Steps: []Step{hello, {Act: ActData, Bytes: 5}, end(fatal)}, Fail: &Failure{Step: 2, By: trace.Server}, CaptureFailed: true}
	sealed := &Plan{Steps: []Step{hello, end(EndStep{Sealed: true})}, Fail: &Failure{Step: 1, By: trace.Server}, CaptureFailed: true}
	healthy := &Plan{Steps: []Step{hello}}
	partial := &Plan{Steps: []Step{hello}, Partial: true, CaptureFailed: true}
	for _, test := range []struct {
		name    string
		plan    *Plan
		outcome Outcome
		want    Status
	}{
		{"the same alert at the same step", failed, Outcome{By: trace.Server, Step: 2, Alert: &fatal}, AsCaptured},
		{"another one there", failed, Outcome{By: trace.Server, Step: 2, Alert: &other}, Otherwise},
		{"the same one earlier", failed, Outcome{By: trace.Server, Step: 0, Alert: &fatal}, Earlier},
		{"some alert where nobody knows which", sealed, Outcome{By: trace.Server, Step: 1, Alert: &other}, AsCaptured},
		{"a FIN where an alert was", sealed, Outcome{By: trace.Server, Step: 1, Alert: &EndStep{How: trace.EndFIN}}, Otherwise},
		{"served where it failed", failed, Outcome{Served: true, Beyond: true, Step: 2}, Served},
		{"served where nothing failed", healthy, Outcome{Served: true}, Served},
		{"failed where nothing did", healthy, Outcome{By: trace.Server, Alert: &fatal}, Earlier},
		{"silence", failed, Outcome{Step: 2}, Otherwise},
		{"refused", failed, Outcome{Refused: true, Step: 2}, Otherwise},
		{"what it cannot do", failed, Outcome{By: trace.Client, Unable: true, Words: "TLS 1.3"}, Unplayable},
		{"served as far as it went", partial, Outcome{Served: true}, Unplayable},
	} {
		if v := judge(test.plan, test.outcome); v.Status != test.want || v.Text == "" {
			t.Errorf("%s: %+v", test.name, v)
		}
	}
}

func someHello() *wire.ClientHello {
	h := &wire.ClientHello{Version: wire.VersionTLS12, CipherSuites: []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_CBC_SHA}, CompressionMethods: []uint8{0}}
	h.Raw = h.Marshal()
	return h
}

func clearRecord(t wire.ContentType, content []byte) []byte {
	h := wire.RecordHeader{Type: t, Version: wire.VersionTLS10, Length: len(content)}
	return append(h.Append(nil), content...)
}

// A later hello is like the first, but for what makes it one of its kind.
func TestConcludedHelloIsMadeOfTheFirst(t *testing.T) {
	_, p := loaded(t, captures+"rig/openssl-proper-tls1_2-ECDHE-RSA-AES256-GCM-SHA384.pcapng", false)
	for i := range p.Steps {
		h := p.Steps[i].Hello
		if h == nil || h.Concluded == "" {
			continue
		}
		hello := build(h, make([]byte, verifyLen), nil)
		info, present, err := hello.RenegotiationInfo()
		least, most, _ := diagnose.ContentLength(p.Steps[i].Shapes[0].Content+24, wire.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, wire.VersionTLS12)
		if n := len(hello.Marshal()); !present || err != nil || len(info) != verifyLen || hello.OffersSCSV() || n > most && h.Offers == OfferNone || least == 0 {
			t.Errorf("%d bytes in %d to %d: %+v", n, least, most, hello)
		}
		return
	}
	t.Error("no hello is concluded")
}

// drawn is a capture of one connection that never took place.
func drawn(t testing.TB, draw func(*capture.Recorder)) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := capture.NewWriter(&b, capture.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r := capture.NewRecorder(w, addrPort("192.0.2.1:40000"), addrPort("192.0.2.2:443"), capture.RecorderOptions{})
	draw(r)
	if err := w.Flush(); err != nil || r.Err() != nil {
		t.Fatal(err, r.Err())
	}
	return b.Bytes()
}

// A refusal is played and judged: where both refuse, where only the live server does,
// and where only the captured one did. With no key it is seen all the same.
func TestRefusalsAreHeldAgainstEachOther(t *testing.T) {
	refuses := ours(t, func(c *parley.Config) { c.Policy.Secure = parley.AnswerRefuse })
	accepts := ours(t, nil)
	ask := func(c *legacyclient.Client) error {
		err := c.Renegotiate(legacyclient.Hello{Kind: legacyclient.HelloProper})
		if errors.Is(err, legacyclient.ErrRefused) {
			return nil
		}
		return err
	}
	whole := steps(handshake, echo(10), ask, echo(20), goodbye)
	refused, accepted := recorded(t, refuses, whole), recorded(t, accepts, whole)
	for _, test := range []struct {
		name    string
		file    []byte
		address string
		status  Status
		remark  string
	}{
		{"both refuse", refused, refuses, Served, ""},
		{"the live server refuses", accepted, refuses, Otherwise, "no_renegotiation"},
		{"the captured server did", refused, accepts, Served, "goes through with the handshake"},
		{"both accept", accepted, accepts, Served, ""},
	} {
		_, p := planned(t, bytes.NewReader(test.file), LoadOptions{})
		r := played(t, p, test.address)
		if r.Verdict.Status != test.status || (len(r.Remarks) > 0) != (test.remark != "") || test.remark != "" && !remarked(r, test.remark) {
			t.Errorf("%s: %+v %+v", test.name, r.Verdict, r.Remarks)
		}
	}
	sealed, err := Make(withoutKeys(t, refused))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(sealed.Steps, func(s Step) bool { return s.Act == ActAwaitRefusal }) && !sealed.Partial {
		t.Errorf("without keys: %q", sealed.Notes)
	}
}

// withoutKeys loads a capture that has its keys in it as if it had none.
func withoutKeys(t *testing.T, file []byte) *Captured {
	t.Helper()
	var bare bytes.Buffer
	w, err := capture.NewWriter(&bare, capture.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := capture.NewReader(bytes.NewReader(file), capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for p, err := r.Next(); err == nil; p, err = r.Next() {
		if err := w.Packet(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	c, err := Load("bare", &bare, LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A certificate that the client showed is missed, unless another is given.
func TestClientCertificateIsMissedOrGiven(t *testing.T) {
	wants := ours(t, func(c *parley.Config) { c.ClientAuth = tls.RequireAnyClientCert })
	mine := certificates()[0]
	file := recordedWith(t, wants, legacyclient.Options{Certificate: &mine}, steps(handshake, echo(10), goodbye))
	_, p := planned(t, bytes.NewReader(file), LoadOptions{})
	p.Adapt(Given{})
	if !p.Certificate || !strings.Contains(strings.Join(p.Notes, " "), "--client-cert") {
		t.Errorf("%q", p.Notes)
	}
	if r := played(t, p, wants); r.Verdict.Status != Earlier || r.Outcome.By != trace.Server {
		t.Errorf("without it: %+v", r.Verdict)
	}
	r, err := Play(t.Context(), p, Options{Address: wants, Certificate: &mine, Timeout: time.Second})
	if err != nil || r.Verdict.Status != Served {
		t.Errorf("with one: %v %+v", err, r.Verdict)
	}
}

// Keys that open the first handshake's records and not the second's damage nothing.
func TestKeysThatEndAtTheSecondHandshake(t *testing.T) {
	address := ours(t, nil)
	file := recorded(t, address, steps(handshake, echo(10), func(c *legacyclient.Client) error {
		c.Configure(func(o *legacyclient.Options) { o.KeyLog = func(string) {} })
		return c.Renegotiate(legacyclient.Hello{Kind: legacyclient.HelloProper})
	}, echo(20), goodbye))
	_, p := planned(t, bytes.NewReader(file), LoadOptions{})
	if slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Act == ActDamaged }) {
		t.Errorf("%+v", p.Lines())
	}
	if r := played(t, p, address); r.Verdict.Status != Served || len(r.Live.Facts.SecondHellos) != 1 {
		t.Errorf("%+v %+v", r.Verdict, r.Live.Facts)
	}
}

// A client that refused a certificate refuses any, and that is said.
func TestRefusedCertificateIsRefusedAgain(t *testing.T) {
	_, p := loaded(t, captures+"rig/unknown-ca.pcapng", true)
	if !strings.Contains(strings.Join(p.Notes, " "), "whatever the certificate is") {
		t.Errorf("%q", p.Notes)
	}
	if r := played(t, p, ours(t, nil)); r.Verdict.Status != AsCaptured || r.Outcome.By != trace.Client || r.Live.Findings[0].ID != "cert-unknown-ca" {
		t.Errorf("%+v, %+v", r.Verdict, r.Live.Findings[0])
	}
}

// A full handshake takes the place of an abbreviated one, and is said.
func TestServerThatDoesNotResume(t *testing.T) {
	resumes := ours(t, nil)
	var session *legacyclient.Session
	file := recorded(t, resumes, func(c *legacyclient.Client) error {
		err := steps(handshake, goodbye)(c)
		session = c.Session()
		return err
	}, func(c *legacyclient.Client) error {
		c.Configure(func(o *legacyclient.Options) { o.Session = session })
		return steps(handshake, echo(10), goodbye)(c)
	})
	_, p := planned(t, bytes.NewReader(file), LoadOptions{Connection: 2})
	r := played(t, p, ours(t, func(c *parley.Config) { c.NoTickets, c.NoSessionIDs = true, true }))
	if r.Verdict.Status != Served || !remarked(r, "the handshake is full, in the capture it is abbreviated") || r.Live.Facts.Resumed {
		t.Errorf("%+v %+v", r.Verdict, r.Remarks)
	}
}

// A hello that offers TLS 1.3 is sent with keys of its own; of a server that takes it
// nothing more is played, of one that does not the handshake is.
func TestHelloOfTLS13(t *testing.T) {
	_, p := loaded(t, captures+"rig/tls13.pcapng", true)
	if !p.Modern || len(p.Notes) == 0 {
		t.Errorf("%q", p.Notes)
	}
	if r := played(t, p, gos(t, nil)); r.Verdict.Status != Unplayable || !strings.Contains(r.Verdict.Text, "TLS 1.3") {
		t.Errorf("%+v", r.Verdict)
	}
	if r := played(t, p, gos(t, func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 })); r.Verdict.Status != Served || r.Live.Facts.Version != "TLS 1.2" {
		t.Errorf("%+v", r.Verdict)
	}
	share := func() []byte {
		data, _ := build(p.hello(), nil, nil).Extension(wire.ExtensionKeyShare)
		return data
	}
	if a, b := share(), share(); len(a) == 0 || len(a) != len(b) || bytes.Equal(a, b) {
		t.Errorf("key shares: %x, %x", a, b)
	}
}
