package sanitize_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/capture/capturetest"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/sanitize"
	"github.com/parley-tls/parley/internal/sanitize/disguise"
	"github.com/parley-tls/parley/internal/wire"
)

// spoken is the capture of what two sides of crypto/tls say to one another, one connection
// after the other, and its key log.
func spoken(t *testing.T, client, server *tls.Config, connections int) (capturetest.Frames, capture.SecretsBlock) {
	t.Helper()
	var log bytes.Buffer
	client.KeyLogWriter, client.InsecureSkipVerify, client.ServerName = &log, true, "shop.initech.com"
	var all []capturetest.Frames
	for i := range connections {
		all = append(all, capturetest.Record(t, fmt.Sprintf("172.16.200.31:%d", 40000+i), "172.16.200.32:443", capture.RecorderOptions{MSS: 700}, func(r *capture.Recorder) {
			r.Open(noon)
			speak(t, r, client, server)
		}))
	}
	return capturetest.Merge(all...), capture.SecretsBlock{Type: capture.SecretsTLSKeyLog, Data: log.Bytes()}
}

// loopback is a connection that holds what nobody reads yet.
func loopback(t *testing.T) (a, b net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if a, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if b, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	return a, b
}

// speak has a client say something thrice to a server that says the same.
func speak(t *testing.T, r *capture.Recorder, client, server *tls.Config) {
	t.Helper()
	a, b := loopback(t)
	var lock sync.Mutex
	c := tls.Client(&recorded{a, &lock, r, capture.AtoB}, client)
	s := tls.Server(&recorded{b, &lock, r, capture.BtoA}, server)
	done := make(chan error, 1)
	go func() {
		_, err := io.Copy(s, s)
		_ = s.Close()
		done <- err
	}()
	const words = "what one side says to the other is nobody else's business\n"
	for range 3 {
		if _, err := io.WriteString(c, words); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, make([]byte, len(words))); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, c) // the goodbye
	_ = c.Close()
	<-done
}

func TestWhatCryptoTLSSaysStays(t *testing.T) {
	root := issued(t, "Initech Root", nil)
	shop, device := issued(t, "shop.initech.com", &root), issued(t, "device 7 of Initech", &root)
	certificates := []tls.Certificate{shop}
	modern, old := uint16(tls.VersionTLS13), uint16(tls.VersionTLS12)
	for name, x := range map[string]struct {
		client, server *tls.Config
		connections    int
	}{
		"1.3": {&tls.Config{}, &tls.Config{Certificates: certificates, MinVersion: modern}, 1},
		"1.3, another hello": {
			&tls.Config{CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256}},
			&tls.Config{Certificates: certificates, MinVersion: modern, CurvePreferences: []tls.CurveID{tls.CurveP256}}, 1,
		},
		"1.3, resumed, certificate": {
			&tls.Config{Certificates: []tls.Certificate{device}, NextProtos: []string{"h2", "initech"}, ClientSessionCache: tls.NewLRUClientSessionCache(4)},
			&tls.Config{Certificates: certificates, MinVersion: modern, ClientAuth: tls.RequestClientCert, NextProtos: []string{"initech"}}, 3,
		},
		"1.2, resumed, certificate": {
			&tls.Config{Certificates: []tls.Certificate{device}, MaxVersion: old, ClientSessionCache: tls.NewLRUClientSessionCache(4)},
			&tls.Config{Certificates: certificates, ClientAuth: tls.RequestClientCert}, 3,
		},
		"1.2, ChaCha20": {
			&tls.Config{MaxVersion: old, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256}}, &tls.Config{Certificates: certificates}, 1,
		},
		"1.0": {
			&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}, &tls.Config{Certificates: certificates, MinVersion: tls.VersionTLS10}, 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			whole, secrets := spoken(t, x.client, x.server, x.connections)
			d, err := disguise.New(seeded(6), disguise.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for round := range 8 {
				list := whole
				if round > 0 {
					list = harm(whole, rand.New(rand.NewPCG(uint64(round), 11)))
				}
				file := list.Pcapng(t, capture.WriterOptions{}, secrets)
				made := sanitized(t, file, sanitize.Options{Keys: dissect.NewKeyring(), Disguise: d})
				was, is := shape(told(t, file, dissect.NewKeyring(), true)), shape(told(t, made, dissect.NewKeyring(), true))
				if was != is {
					t.Errorf("round %d: %s", round, difference(was, is))
				}
				proof, err := sanitize.Prove(t.Context(), bytes.NewReader(made), int64(len(made)), d)
				if err != nil {
					t.Fatal(err)
				}
				for _, leak := range proof.Leaks {
					t.Errorf("round %d: %v", round, leak)
				}
			}
		})
	}
}

// Behind a KeyUpdate the throw-away secret goes on as the real one does (RFC 8446, section 7.2).
func TestWhatIsSaidBehindAKeyUpdateStays(t *testing.T) {
	root := issued(t, "Initech Root", nil)
	server := &tls.Config{Certificates: []tls.Certificate{issued(t, "shop.initech.com", &root)}, MinVersion: tls.VersionTLS13}
	var log bytes.Buffer
	client := &tls.Config{KeyLogWriter: &log, InsecureSkipVerify: true, ServerName: "shop.initech.com"}
	file := capturetest.Record(t, "172.16.200.31:40000", "172.16.200.32:443", capture.RecorderOptions{}, func(r *capture.Recorder) {
		r.Open(noon)
		speak(t, r, client, server)
		_, line, _ := strings.Cut(log.String(), "CLIENT_TRAFFIC_SECRET_0 ")
		var secret []byte
		if _, err := fmt.Sscanf(strings.Fields(line)[1], "%x", &secret); err != nil {
			t.Fatal(err)
		}
		sealer := dissect.NewModernSealer(wire.TLS_AES_128_GCM_SHA256, keys.NewSecret(secret))
		if len(secret) != 32 {
			t.Fatalf("a secret of %d bytes", len(secret))
		}
		sealed := func(sequence uint64, kind wire.ContentType, content []byte) []byte {
			h := wire.RecordHeader{Type: wire.TypeApplicationData, Version: wire.VersionTLS12, Length: len(content) + 1 + 3 + 16}
			return append(h.Append(nil), sealer.Seal(h, sequence, kind, content)...)
		}
		const said = 4 // records of the client's: three words, and the goodbye
		r.Send(capture.AtoB, noon, sealed(said, wire.TypeHandshake, wire.NewMessage(wire.MessageKeyUpdate, []byte{0})))
		sealer = sealer.Next()
		r.Send(capture.AtoB, noon, sealed(0, wire.TypeApplicationData, []byte("under the next keys")))
	}).Pcapng(t, capture.WriterOptions{}, capture.SecretsBlock{Type: capture.SecretsTLSKeyLog, Data: log.Bytes()})
	made := sanitized(t, file, sanitize.Options{Keys: dissect.NewKeyring()})
	was, is := shape(told(t, file, dissect.NewKeyring(), true)), shape(told(t, made, dissect.NewKeyring(), true))
	if was != is || !strings.Contains(was, "KeyUpdate") || !strings.Contains(was, "FromClient:19") {
		t.Errorf("%s\n%s", difference(was, is), was)
	}
}
