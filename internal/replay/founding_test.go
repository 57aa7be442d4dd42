package replay

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/record"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// The founding client's replay is cut off by crypto/tls with the alert of the
// capture, and served by Parley, whether a key opens the capture or not.
func TestFoundingClientIsPlayedWithAndWithoutItsKey(t *testing.T) {
	for _, withKey := range []bool{true, false} {
		was, p := loaded(t, captures+"founding-tls12.pcap", withKey)
		if h := p.Steps[p.lastAct(p.Fail.Step)].Hello; h.Kind != renego.KindReset || h.Offers != OfferInUse || (h.Concluded == "") != withKey {
			t.Errorf("with the key %v the second hello is planned as %+v", withKey, h)
		}
		r := played(t, p, gos(t, nil))
		if r.Verdict.Status != AsCaptured || r.Outcome.Alert.Alert != wire.AlertProtocolVersion {
			t.Errorf("with the key %v, crypto/tls: %+v", withKey, r.Verdict)
		}
		if a, b := was.Diagnosis.Facts.JA3, r.Live.Facts.JA3; a != b {
			t.Errorf("the hello is another: JA3 %s, not %s", b, a)
		}
		r = played(t, p, ours(t, nil))
		if r.Verdict.Status != Served || !r.Outcome.Beyond || r.Live.Failed() {
			t.Errorf("with the key %v, Parley: %+v", withKey, r.Verdict)
		}
	}
}

// Under TLS 1.0 the header tells nothing, and it fails otherwise.
func TestFoundingClientUnderTLS10(t *testing.T) {
	_, p := loaded(t, captures+"founding-tls10.pcap", true)
	r := played(t, p, gos(t, func(c *tls.Config) { c.MaxVersion = tls.VersionTLS10 }))
	if r.Verdict.Status != Otherwise || r.Outcome.Alert.Alert != wire.AlertUnexpectedMessage {
		t.Errorf("crypto/tls: %+v", r.Verdict)
	}
	if r = played(t, p, ours(t, func(c *parley.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS10 })); r.Verdict.Status != Served {
		t.Errorf("Parley: %+v", r.Verdict)
	}
}

// Every capture of testdata can be planned and played, or it is said why not.
func TestEveryCaptureIsPlayed(t *testing.T) {
	files, err := filepath.Glob(captures + "*.pcap")
	rig, err2 := filepath.Glob(captures + "rig/*.pcapng")
	if err != nil || err2 != nil || len(files)+len(rig) < 40 {
		t.Fatal(len(files), len(rig), err, err2)
	}
	address := ours(t, nil)
	for _, name := range append(files, rig...) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			if strings.HasPrefix(filepath.Base(name), "http.") {
				f, err := os.Open(name)
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				_, err = Load(name, f, LoadOptions{})
				refuse(t, err, ErrNothing)
				return
			}
			_, p := loaded(t, name, true)
			patience := 5 * time.Second
			if strings.HasPrefix(filepath.Base(name), "hello-request") {
				patience = 300 * time.Millisecond // it is not asked
			}
			r := playedWithin(t, p, address, patience)
			if r.Verdict.Text == "" || r.Live == nil {
				t.Errorf("%+v", r)
			}
			reset := strings.Contains(name, "-reset-tls1") && strings.Contains(name, "AES")
			if reset && r.Verdict.Status != Served || strings.Contains(name, "-proper-") && r.Verdict.Status != Served {
				t.Errorf("%+v", r.Verdict)
			}
		})
	}
}

// A server that asks is answered as the captured one was, and one that does not ask
// is renegotiated with all the same, which is said.
func TestHelloRequestIsAwaited(t *testing.T) {
	_, p := loaded(t, captures+"hello-request-tls12.pcap", true)
	asks := serve(t, func(c net.Conn) {
		s := parley.Server(c, &parley.Config{Certificates: certificates()})
		b := make([]byte, 4096)
		for n := 0; ; n++ {
			k, err := s.Read(b)
			if err != nil {
				break
			}
			if n == 1 {
				if s.Renegotiate(t.Context()) != nil {
					break
				}
			}
			if _, err := s.Write(b[:k]); err != nil {
				break
			}
		}
		_ = s.Close()
	})
	if r := played(t, p, asks); r.Verdict.Status != Served || len(r.Live.Facts.SecondHellos) != 1 || !r.Live.Facts.SecondHellos[0].Asked {
		t.Errorf("it asks: %+v, %+v, %+v", r.Verdict, r.Remarks, r.Live.Facts.SecondHellos)
	}
	r := playedWithin(t, p, ours(t, nil), 500*time.Millisecond)
	if r.Verdict.Status != Served || len(r.Live.Facts.SecondHellos) != 1 || !remarked(r, "does not ask") {
		t.Errorf("it does not ask: %+v, %+v", r.Verdict, r.Remarks)
	}
}

func remarked(r *Result, text string) bool {
	for _, x := range r.Remarks {
		if strings.Contains(x.Text, text) {
			return true
		}
	}
	return false
}

// The hello is the captured one's to the byte, but for its random.
func TestFirstHelloIsTheCapturedOneToTheByte(t *testing.T) {
	for _, name := range []string{"founding-tls12.pcap", "rig/unknown-ca.pcapng", "rig/ssl2-hello.pcapng", "rig/openssl-reset-ssl3-RC4-SHA.pcapng"} {
		_, p := loaded(t, captures+name, false)
		want := p.hello().Like
		got := make(chan []byte, 1)
		address := serve(t, func(c net.Conn) {
			b := make([]byte, 2048)
			n, err := io.ReadAtLeast(c, b, len(want.Raw)+2)
			if err != nil {
				t.Error(err)
			}
			got <- b[:n]
		})
		_, err := Play(t.Context(), p, Options{Address: address, Timeout: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		b := <-got
		raw := b[len(b)-len(want.Raw):]
		same := 0
		for i := range raw {
			if raw[i] == want.Raw[i] {
				same++
			}
		}
		random := 32
		if want.SSL2Format {
			random = len(want.SSL2Challenge)
		}
		if len(raw) != len(want.Raw) || same < len(raw)-random || same > len(raw)-random/2 {
			t.Errorf("%s: of %d bytes %d are as captured", name, len(raw), same)
		}
		if h, _ := wire.ParseRecordHeader(b); !want.SSL2Format && h.Version != p.Steps[0].Shapes[0].Header {
			t.Errorf("%s: the record's header has %v", name, h.Version)
		}
	}
}

// A session that the first hello offers is fetched before, and offered again.
func TestFirstHelloOffersASessionOfItsOwn(t *testing.T) {
	for name, change := range map[string]func(*legacyclient.Options){
		"ticket": func(o *legacyclient.Options) { o.SessionTickets = true },
		"id":     func(*legacyclient.Options) {},
	} {
		t.Run(name, func(t *testing.T) {
			address := gosOrOurs(t, name)
			var o legacyclient.Options
			change(&o)
			var session *legacyclient.Session
			file := recordedWith(t, address, o, func(c *legacyclient.Client) error {
				err := steps(handshake, echo(10), goodbye)(c)
				session = c.Session()
				return err
			}, func(c *legacyclient.Client) error {
				c.Configure(func(o *legacyclient.Options) { o.Session = session })
				return steps(handshake, echo(20), goodbye)(c)
			})
			was, p := planned(t, strings.NewReader(string(file)), LoadOptions{Connection: 2})
			if !was.Diagnosis.Facts.Resumed || !p.Session {
				t.Fatalf("the capture resumes nothing: %+v", was.Diagnosis.Facts)
			}
			r := played(t, p, address)
			if r.Verdict.Status != Served || !r.Live.Facts.Resumed || len(r.Remarks) > 0 {
				t.Errorf("%+v %+v %+v", r.Verdict, r.Remarks, r.Live.Facts)
			}
		})
	}
}

// gosOrOurs is a server with tickets, or one with session ids.
func gosOrOurs(t *testing.T, with string) string {
	if with == "ticket" {
		return gos(t, func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 })
	}
	return ours(t, func(c *parley.Config) { c.NoTickets = true })
}

// Where the server ends the connection with anything but what it had, it is said.
func TestServerThatAnswersOtherwise(t *testing.T) {
	_, p := loaded(t, captures+"founding-tls12.pcap", true)
	for _, test := range []struct {
		name   string
		server func(net.Conn)
		status Status
		by     trace.Side
		says   string
	}{
		{"an alert at once", func(c net.Conn) { answer(c, wire.AlertInternalError) }, Earlier, trace.Server, "fatal internal_error (80)"},
		{"a FIN at once", func(c net.Conn) { _, _ = readRecord(c) }, Earlier, trace.Server, "FIN"},
		{"a reset at once", func(c net.Conn) {
			_, _ = readRecord(c)
			_ = c.(*net.TCPConn).SetLinger(0)
		}, Earlier, trace.Server, "a TCP reset"},
		{"silence", func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }, Earlier, trace.Nobody, "did not answer in time"},
		{"nonsense", func(c net.Conn) { _, _ = readRecord(c); _, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n") }, Earlier, trace.Client, "gave up"},
	} {
		t.Run(test.name, func(t *testing.T) {
			patience := 5 * time.Second
			if test.by == trace.Nobody {
				patience = 300 * time.Millisecond
			}
			r, err := Play(t.Context(), p, Options{Address: serve(t, test.server), Timeout: patience})
			if err != nil {
				t.Fatal(err)
			}
			if r.Verdict.Status != test.status || r.Outcome.By != test.by || !strings.Contains(r.Verdict.Text, test.says) {
				t.Errorf("%+v, %+v", r.Verdict, r.Outcome)
			}
		})
	}
}

func readRecord(c net.Conn) ([]byte, error) {
	b := make([]byte, 0, 4096)
	for {
		if _, rec, ok, err := record.Next(b); ok || err != nil {
			return rec, err
		}
		n, err := c.Read(b[len(b):cap(b)])
		if b = b[:len(b)+n]; err != nil {
			return nil, err
		}
	}
}

func answer(c net.Conn, a wire.Alert) {
	_, _ = readRecord(c)
	_, _ = c.Write([]byte{byte(wire.TypeAlert), 3, 3, 0, 2, byte(wire.LevelFatal), byte(a)})
}

func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	_, p := loaded(t, captures+"founding-tls12.pcap", true)
	_, err = Play(t.Context(), p, Options{Address: l.Addr().String()})
	var none *ConnectError
	if !errors.As(err, &none) {
		t.Errorf("the error is %v", err)
	}
}
