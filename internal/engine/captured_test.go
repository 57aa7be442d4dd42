package engine_test

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/capture/capturetest"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/engine"
	"github.com/parley-tls/parley/internal/handshake"
	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/record"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

const captures = "../../testdata/captures/"

// A captured is a connection of a capture: what its client sent, the epochs that a
// dissector found in it, and what it told.
type captured struct {
	*dissect.Dissector
	client []byte
	epochs []dissect.Epoch
	story  *trace.Conversation
}

// Bytes keeps what the client sent, which in these captures opened the connection.
func (c *captured) Bytes(d capture.Direction, at capture.Mark, b []byte) {
	if d == capture.AtoB {
		c.client = append(c.client, b...)
	}
	c.Dissector.Bytes(d, at, b)
}

func readCaptured(t *testing.T, file string, ring *dissect.Keyring) *captured {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var c captured
	capturetest.Read(t, bytes.NewReader(b), capture.Options{}, func(connection capture.Connection) capture.Sink {
		c.Dissector = dissect.New(connection, dissect.Options{
			Keys:  ring,
			Done:  func(story *trace.Conversation) { c.story = story },
			Epoch: func(e dissect.Epoch) { c.epochs = append(c.epochs, e) },
		})
		return &c
	})
	return &c
}

// The engine, put into an epoch that the dissector found and given what the
// client sent from there on, gives each second hello the same kind and proof.
func TestEngineAndDissectorGiveSecondHellosTheSameName(t *testing.T) {
	key, err := os.ReadFile(captures + "server.key")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(captures + "*.pcap")
	if err != nil || len(files) == 0 {
		t.Fatal("no captures", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			ring := dissect.NewKeyring()
			if err := ring.AddKey("server.key", key); err != nil {
				t.Fatal(err)
			}
			c := readCaptured(t, file, ring)
			hellos := secondHellos(c.story.Events)
			keyed := clientKeys(c.story)
			if len(hellos) == 0 || len(keyed) < len(hellos) || len(c.epochs) < len(hellos) {
				t.Fatalf("%d second hellos, %d keys, %d epochs", len(hellos), len(keyed), len(c.epochs))
			}
			for i, want := range hellos {
				got := answerer(t, c.epochs[i], c.client[keyed[i]:])
				if got.Kind != want.Kind || !slices.Equal(got.Proof, want.Proof) || got.Resumes != want.Resumes ||
					got.WhyNotResumed != want.WhyNotResumed || got.HeaderVersion != want.HeaderVersion {
					t.Errorf("second hello %d: the engine says %+v, the dissector %+v", i+1, got, want)
				}
			}
		})
	}
}

func secondHellos(events []trace.Event) []trace.SecondHelloDetail {
	var all []trace.SecondHelloDetail
	for _, e := range events {
		if d, ok := e.Detail.(trace.SecondHelloDetail); ok {
			all = append(all, d)
		}
	}
	return all
}

// clientKeys are where in its stream the client began to use new keys.
func clientKeys(c *trace.Conversation) []int64 {
	var all []int64
	for _, e := range c.Events {
		if e.Name == trace.Keys && e.From == trace.Client {
			all = append(all, e.Place.Offset+int64(e.Place.Length))
		}
	}
	return all
}

// answerer is what an engine says of the next second hello of an epoch. The first
// record under its keys, which is Finished, the engine has had.
func answerer(t *testing.T, e dissect.Epoch, sent []byte) trace.SecondHelloDetail {
	t.Helper()
	block := keys.KeyBlock(e.Version, e.Suite, e.Master, &e.ClientRandom, &e.ServerRandom)
	opener, err := record.NewOpener(e.Version, e.Suite, block.ClientMAC, block.ClientKey, block.ClientIV)
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := record.NewSealer(e.Version, e.Suite, block.ServerMAC, block.ServerKey, block.ServerIV)
	if err != nil {
		t.Fatal(err)
	}
	sealer.SetRandom(rand.Reader)
	rest := bytes.Clone(sent)
	_, finished, ok, err := record.Next(rest)
	if !ok || err != nil {
		t.Fatal("no Finished", err)
	}
	if _, err := opener.Open(finished); err != nil {
		t.Fatal("Finished does not open: ", err)
	}
	var events []trace.Event
	c := engine.Opened(
		engine.Options{Rand: rand.Reader, Observe: func(e trace.Event) { events = append(events, e) }},
		&handshake.Settings{MinVersion: wire.VersionTLS10, MaxVersion: wire.VersionTLS12},
		&handshake.Outcome{
			Version: e.Version, Suite: e.Suite, Master: e.Master, Hello: e.First,
			ClientVerifyData: e.ClientVerifyData, ServerVerifyData: e.ServerVerifyData, Session: e.Session,
		}, opener, sealer)
	for rest = rest[len(finished):]; len(rest) > 0; {
		_, rec, ok, _ := record.Next(rest)
		if !ok {
			rec = rest
		}
		rest = rest[len(rec):]
		if _, _, err := c.Receive(0, rec); err != nil {
			break
		}
		if c.Question() != nil {
			_ = c.Reply(0, engine.AnswerReply{Answer: renego.AnswerAbort})
			break
		}
	}
	all := secondHellos(events)
	if len(all) == 0 {
		t.Fatalf("the engine sees no second hello: %v", events)
	}
	return all[0]
}
