package listen

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// A second is what live and captured must agree on about a second hello.
type second struct {
	kind, answer string
	proof        []string
	resumes      bool
	asked        bool
	count        int
	header       wire.Version
}

// seconds gives a conversation's second hellos, each with its answer.
func seconds(c *trace.Conversation) []second {
	var list []second
	for _, e := range c.Events {
		switch d := e.Detail.(type) {
		case trace.SecondHelloDetail:
			list = append(list, second{
				kind: d.Kind.String(), proof: d.Proof, resumes: d.Resumes, asked: d.Asked, count: d.Count, header: d.HeaderVersion,
			})
		case trace.AnsweredDetail:
			if len(list) > 0 {
				list[len(list)-1].answer = d.Answer.String()
			}
		}
	}
	return list
}

// captured dissects a capture, with the keys that are in it.
func captured(t *testing.T, name string) []*trace.Conversation {
	t.Helper()
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	keys := dissect.NewKeyring()
	reader, err := capture.NewReader(bytes.NewReader(file), capture.Options{Secrets: func(b capture.SecretsBlock) {
		if err := keys.AddSecrets(b); err != nil {
			t.Error(err)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	var list []*trace.Conversation
	options := dissect.Options{Keys: keys, Done: func(c *trace.Conversation) { list = append(list, c) }}
	assembler := capture.NewAssembler(func(c capture.Connection) capture.Sink { return dissect.New(c, options) }, capture.Limits{})
	for {
		packet, err := reader.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		assembler.Add(packet)
	}
	assembler.Finish()
	return list
}

// endless are the misbehaviours that wait for what no server sends.
var endless = []string{"half-hello", "no-answer"}

// beyond are those of which a capture shows one hello more than the server looked
// at, and why: it had ended the connection by then, perhaps so early that its alert
// stands before the hello.
var beyond = map[string]string{
	"injected-hello":      "it is no restart, since a record of the client's comes behind it",
	"second-hello-inside": "no hello may come amid a handshake, whatever it is",
	"mac-header-version":  "its record opens only with the version of its header, which no server tries",
	"after-bad-mac":       "a record before it did not open",
}

// Whatever a client does with a second hello, the server that answered it and the
// capture of it say the same.
func TestLiveAndCapturedAgreeOnEveryMisbehaviour(t *testing.T) {
	suites := map[wire.Version][]wire.SuiteID{
		wire.VersionTLS10: {wire.TLS_RSA_WITH_AES_128_CBC_SHA, wire.TLS_ECDHE_RSA_WITH_RC4_128_SHA},
		wire.VersionTLS11: {wire.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA},
		wire.VersionTLS12: {wire.TLS_RSA_WITH_AES_128_GCM_SHA256, wire.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256, wire.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256},
	}
	file := filepath.Join(t.TempDir(), "seen.pcapng")
	l := explaining(t, func(o *Options) { o.Write = file })
	var names []string // in the order of the connections
	var running sync.WaitGroup
	for _, m := range legacyclient.Misbehaviours() {
		for v := wire.VersionTLS10; v <= wire.VersionTLS12; v++ {
			for _, id := range suites[v] {
				c := l.legacy(m.Options(legacyclient.Options{Version: v, Suites: []wire.SuiteID{id}, Timeout: patience}))
				names = append(names, fmt.Sprintf("%s, %s, %s", m.Name, v, id))
				running.Go(func() {
					if err := c.Echo([]byte("before")); err != nil {
						t.Error(err)
					}
					if slices.Contains(endless, m.Name) {
						c.Configure(func(o *legacyclient.Options) { o.Timeout = time.Millisecond })
					}
					_ = m.Run(c) // what it comes to is judged by both sides alike
					_ = c.Close()
				})
			}
		}
	}
	running.Wait()
	live := l.report().Connections
	list := captured(t, file)
	if len(list) != len(names) || len(live) != len(names) {
		t.Fatalf("%d clients, %d connections told live, %d captured", len(names), len(live), len(list))
	}
	for _, c := range list {
		i := c.Number - 1
		ours, theirs := seconds(live[i].Conversation), seconds(c)
		m, _, _ := strings.Cut(names[i], ",")
		if further := theirs[min(len(ours), len(theirs)):]; beyond[m] != "" && len(further) == 1 && (further[0].answer == "abort" || further[0].answer == "") {
			theirs = theirs[:len(ours)]
		}
		if fmt.Sprint(ours) != fmt.Sprint(theirs) {
			t.Errorf("%s:\nlive     %+v\ncaptured %+v", names[i], ours, theirs)
		}
	}
}
