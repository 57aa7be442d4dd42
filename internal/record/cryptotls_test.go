package record

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// A taken is a connection that crypto/tls's client began with crypto/tls's
// server and goes on with us.
type taken struct {
	client *tls.Conn
	server net.Conn // our end
	opener *Opener
	sealer *Sealer
}

// After crypto/tls has shaken hands with itself we take the server's place,
// and the client notices nothing.
func TestTalksToCryptoTLS(t *testing.T) {
	certificate := newCertificate(t)
	for _, v := range []wire.Version{wire.VersionTLS10, wire.VersionTLS11, wire.VersionTLS12} {
		for _, id := range []wire.SuiteID{
			wire.TLS_ECDHE_RSA_WITH_RC4_128_SHA,
			wire.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA,
			wire.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
			wire.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
			wire.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
			wire.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			wire.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			wire.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		} {
			s := suite.ByID(id)
			if v < s.MinVersion {
				continue
			}
			t.Run(fmt.Sprintf("%v %v", v, id), func(t *testing.T) {
				echo(t, take(t, certificate, v, s))
			})
		}
	}
}

// echo sends data of every awkward size there and back.
func echo(t *testing.T, c taken) {
	for _, n := range []int{1, 2, 15, 16, 17, 255, wire.MaxPlaintext, wire.MaxPlaintext + 1, 40000} {
		want := make([]byte, n)
		_, _ = rand.Read(want)
		go func() { _, _ = c.client.Write(want) }()
		got := readData(t, c, n)
		if !bytes.Equal(got, want) {
			t.Fatalf("%d bytes came otherwise than the client sent them", n)
		}
		sealed := c.sealer.Seal(nil, wire.TypeApplicationData, got)
		go func() { _, _ = c.server.Write(sealed) }()
		back := make([]byte, n)
		if _, err := io.ReadFull(c.client, back); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(back, want) {
			t.Fatalf("%d bytes came back otherwise", n)
		}
	}
}

func readData(t *testing.T, c taken, n int) []byte {
	t.Helper()
	var data []byte
	for len(data) < n {
		rec := make([]byte, wire.RecordHeaderLen)
		if _, err := io.ReadFull(c.server, rec); err != nil {
			t.Fatal(err)
		}
		h, _ := wire.ParseRecordHeader(rec)
		rec = append(rec, make([]byte, h.Length)...)
		if _, err := io.ReadFull(c.server, rec[wire.RecordHeaderLen:]); err != nil {
			t.Fatal(err)
		}
		plaintext, err := c.opener.Open(rec)
		if err != nil {
			t.Fatal(err)
		}
		data = append(data, plaintext...)
	}
	return data
}

// take lets the two shake hands, and then steps in between.
func take(t *testing.T, certificate tls.Certificate, v wire.Version, s *suite.Suite) taken {
	clientEnd, ours := net.Pipe()
	oursToo, serverEnd := net.Pipe()
	t.Cleanup(func() { _ = clientEnd.Close(); _ = ours.Close(); _ = oursToo.Close(); _ = serverEnd.Close() })

	var log strings.Builder
	config := &tls.Config{
		Certificates: []tls.Certificate{certificate}, InsecureSkipVerify: true,
		MinVersion: uint16(v), MaxVersion: uint16(v), CipherSuites: []uint16{uint16(s.ID)},
		SessionTicketsDisabled: true, KeyLogWriter: &log,
	}
	client, server := tls.Client(clientEnd, config), tls.Server(serverEnd, &tls.Config{
		Certificates: config.Certificates, MinVersion: uint16(v), MaxVersion: uint16(v),
		CipherSuites: config.CipherSuites, SessionTicketsDisabled: true,
	})

	var up, down bytes.Buffer
	var relays, handshakes sync.WaitGroup
	relays.Go(func() { _, _ = io.Copy(oursToo, io.TeeReader(ours, &up)) })
	relays.Go(func() { _, _ = io.Copy(ours, io.TeeReader(oursToo, &down)) })
	var clientErr, serverErr error
	handshakes.Go(func() { clientErr = client.Handshake() })
	handshakes.Go(func() { serverErr = server.Handshake() })
	handshakes.Wait()
	if clientErr != nil || serverErr != nil {
		t.Fatal(clientErr, serverErr)
	}
	_ = ours.SetReadDeadline(time.Unix(1, 0))
	_ = oursToo.SetReadDeadline(time.Unix(1, 0))
	relays.Wait()
	_ = ours.SetReadDeadline(time.Time{})

	c := taken{client: client, server: ours}
	c.opener, c.sealer = epoch(t, v, s, log.String(), up.Bytes(), down.Bytes())
	return c
}

// epoch derives the keys and brings both directions behind Finished.
func epoch(t *testing.T, v wire.Version, s *suite.Suite, log string, up, down []byte) (*Opener, *Sealer) {
	var clientRandom, serverRandom [32]byte
	const random = wire.RecordHeaderLen + wire.MessageHeaderLen + 2
	copy(clientRandom[:], up[random:])
	copy(serverRandom[:], down[random:])
	master, err := hex.DecodeString(strings.Fields(log)[2])
	if err != nil {
		t.Fatal(err)
	}
	k := keys.KeyBlock(v, s, keys.NewSecret(master), &clientRandom, &serverRandom)

	fromClient := protection{v, s, k.ClientMAC, k.ClientKey, k.ClientIV}
	fromServer := protection{v, s, k.ServerMAC, k.ServerKey, k.ServerIV}
	opener, sealer := fromClient.opener(t), fromServer.sealer(t)
	if _, err := opener.Open(lastRecord(t, up)); err != nil {
		t.Fatalf("the client's Finished: %v", err)
	}
	theirs := lastRecord(t, down)
	finished, err := fromServer.opener(t).Open(bytes.Clone(theirs))
	if err != nil {
		t.Fatalf("the server's Finished: %v", err)
	}
	if s.IsCBC() && explicitIV(v) {
		sealer.SetRandom(bytes.NewReader(theirs[wire.RecordHeaderLen:][:s.BlockLen()]))
	}
	if ours := sealer.Seal(nil, wire.TypeHandshake, finished); !bytes.Equal(ours, theirs) {
		t.Fatalf("Finished sealed again is\n%x, want\n%x", ours, theirs)
	}
	sealer.SetRandom(rand.Reader)
	return opener, sealer
}

func lastRecord(t *testing.T, b []byte) []byte {
	t.Helper()
	all := records(t, b)
	return all[len(all)-1]
}

func newCertificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
