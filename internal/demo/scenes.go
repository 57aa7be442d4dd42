package demo

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// A scene is one client's behaviour, and what is to be said of it.
type scene struct {
	name, title string
	version     wire.Version
	options     legacyclient.Options
	policy      parley.Policy
	tells       string
	play        func(*legacyclient.Client) (verdict string, err error)
	others      func(wire.Version) string
	why         string
}

const message = 4096

var scenes = []scene{
	{
		name: "reset", title: "The founding client", version: wire.VersionTLS12,
		tells: "A program on OpenSSL 1.0.1j resets its TLS object in mid-connection and begins its handshake again. Its second hello comes inside the connection and looks like a first one: TLS_EMPTY_RENEGOTIATION_INFO_SCSV (SCSV) instead of renegotiation_info, and a record header that says 0x0301 whatever is spoken.",
		play:  playReset, others: othersToReset,
		why: "The hello offers the session of this very connection, and only that is resumed: with the secret in use, which is looked up nowhere. The client's Finished then proves that it knows the secret. Whoever passes another's hello off as this one cannot end the handshake, because that other has another secret.",
	},
	{
		name: "proper", title: "A healthy client", version: wire.VersionTLS12,
		tells:  "It renegotiates as RFC 5746 has it: renegotiation_info in its second hello holds the verify_data of the handshake before.",
		play:   playProper,
		others: always("OpenSSL up to 1.1.1 and GnuTLS accept it. OpenSSL 3 refuses unless told otherwise; Go's crypto/tls and nginx never accept it."),
		why:    "verify_data is known to the two ends of this connection and names it; a hello that carries another is forged and aborted.",
	},
	{
		name: "bare", title: "A client from before RFC 5746", version: wire.VersionTLS12,
		options: legacyclient.Options{NoSCSV: true},
		tells:   "Its second hello says nothing at all about the connection that it comes in.",
		play:    playBare,
		others:  always("OpenSSL sends the same warning unless SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION joins whatever comes."),
		why:     "Nothing binds such a hello, so the default is to refuse it and go on. A client that resumes the session in use can be accepted with --bare resumed.",
	},
	{
		name: "restart", title: "A client that forgot its keys, isolated", version: wire.VersionTLS12,
		policy: parley.Policy{Restart: parley.AnswerIsolate},
		tells:  "It makes a new TLS object on the same TCP connection and begins in clear, as if nothing had been.",
		play:   playRestart,
		others: always("all end the connection: the hello does not open under the keys in use."),
		why:    "Nobody proved anything, so the two halves are two connections to all that lies behind: the old one ends with an error, never cleanly, and the new one inherits nothing. It happens only with --restart isolate; the default ends the connection as any bad record does.",
	},
	{
		name: "forged", title: "A hello that lies", version: wire.VersionTLS12,
		tells:  "Its renegotiation_info has the right length and is not this connection's: an attack looks like this.",
		play:   playForged,
		others: always("all that know RFC 5746 end the connection too."),
		why:    "No setting accepts it.",
	},
	{
		name: "crossing", title: "A client that goes on sending amid its handshake", version: wire.VersionTLS12,
		options: legacyclient.Options{TakesData: true},
		tells:   "Between its second hello and its ChangeCipherSpec it sends application data, as Java does.",
		play:    playCrossing,
		others:  always("OpenSSL ends the connection: unexpected record."),
		why:     "Data under the keys in use is the same client's as before, and is delivered in order; after ChangeCipherSpec, where nothing is proved yet, it would end the connection. What the server sends waits until both Finished are done.",
	},
	{
		name: "splice", title: "The attack that other servers fear (CVE-2009-3555)", version: wire.VersionTLS12,
		tells:  "An attacker connects, sends a prefix, and passes the first hello of a victim through as its own second one. The victim is of the kind that does not check renegotiation_info. A server that joins the two gives the victim's data the attacker's prefix.",
		play:   playSplice,
		others: always("they end the connection at every such hello, and so cut off the founding client too."),
		why:    "The victim's hello does not offer the session in use, and cannot: it has never seen it. Where the attacker writes it in, the victim's Finished does not verify.",
	},
}

func find(name string) (scene, error) {
	for _, s := range scenes {
		if s.name == name {
			return s, nil
		}
	}
	return scene{}, fmt.Errorf("there is no scene %q; there are %s", name, strings.Join(Names(), ", "))
}

// others are the scenes that are not played by default.
func others() []string {
	return slices.DeleteFunc(Names(), func(n string) bool { return slices.Contains(Default, n) })
}

func always(text string) func(wire.Version) string {
	return func(wire.Version) string { return text }
}

func othersToReset(v wire.Version) string {
	alert := `OpenSSL 1.0.1j and 3.0 look at the record header before they decrypt: "wrong version number", fatal protocol_version.`
	if v == wire.VersionTLS10 {
		alert = `OpenSSL 1.0.1j and 3.0: "scsv received when renegotiating", fatal handshake_failure.`
	}
	return alert + " GnuTLS, NSS, Mbed TLS and Java refuse it in every mode. No option helps."
}

// open makes the first handshake and a first exchange.
func open(c *legacyclient.Client) error {
	if err := c.Handshake(); err != nil {
		return fmt.Errorf("the first handshake: %w", err)
	}
	return echoes(c, message)
}

// again renegotiates and wants the stream to go on.
func again(c *legacyclient.Client, h legacyclient.Hello) (string, error) {
	if err := open(c); err != nil {
		return "", err
	}
	if err := c.Renegotiate(h); err != nil {
		return "", fmt.Errorf("the second handshake: %w", err)
	}
	if err := echoes(c, message); err != nil {
		return "", err
	}
	return fmt.Sprintf("served. The client's second handshake is done, and all %d bytes came back unchanged on one stream.", 2*message), nil
}

func playReset(c *legacyclient.Client) (string, error) {
	return again(c, legacyclient.Hello{Kind: legacyclient.HelloReset})
}

func playProper(c *legacyclient.Client) (string, error) {
	return again(c, legacyclient.Hello{Kind: legacyclient.HelloProper})
}

func playRestart(c *legacyclient.Client) (string, error) {
	if _, err := again(c, legacyclient.Hello{Kind: legacyclient.HelloRestart}); err != nil {
		return "", err
	}
	return "served as two connections. What stood before the restart ended with an error for the server's application; what followed came out of Accept as new.", nil
}

func playBare(c *legacyclient.Client) (string, error) {
	if err := open(c); err != nil {
		return "", err
	}
	if err := c.Renegotiate(legacyclient.Hello{Kind: legacyclient.HelloBare}); !errors.Is(err, legacyclient.ErrRefused) {
		return "", fmt.Errorf("the bare hello was not refused: %v", err)
	}
	if err := echoes(c, message); err != nil {
		return "", err
	}
	return "refused with a warning; the connection lives on under its keys.", nil
}

func playForged(c *legacyclient.Client) (string, error) {
	if err := open(c); err != nil {
		return "", err
	}
	err := c.Renegotiate(legacyclient.Hello{Kind: legacyclient.HelloProper, Change: func(h *wire.ClientHello) {
		legacyclient.SetRenegotiationInfo(h, make([]byte, 12))
	}})
	if alert, ok := legacyclient.AlertOf(err); !ok || alert != wire.AlertHandshakeFailure {
		return "", fmt.Errorf("the forged hello did not end the connection with handshake_failure: %v", err)
	}
	return "aborted with handshake_failure before anything was answered.", nil
}

func playCrossing(c *legacyclient.Client) (string, error) {
	if err := open(c); err != nil {
		return "", err
	}
	if err := c.Begin(legacyclient.Hello{Kind: legacyclient.HelloReset}); err != nil {
		return "", err
	}
	const woven = "woven into the handshake"
	if _, err := c.Write([]byte(woven)); err != nil {
		return "", err
	}
	if err := c.Finish(); err != nil {
		return "", fmt.Errorf("the second handshake: %w", err)
	}
	back := make([]byte, len(woven))
	for read := 0; read < len(back); {
		n, err := c.Read(back[read:])
		if read += n; err != nil {
			return "", fmt.Errorf("the echo of the woven data: %w", err)
		}
	}
	if string(back) != woven {
		return "", fmt.Errorf("the woven data came back as %q", back)
	}
	if err := echoes(c, message); err != nil {
		return "", err
	}
	return "served. The woven data reached the application in its place; its echo waited for the end of the handshake.", nil
}
