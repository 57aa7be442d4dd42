package bogo

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

func TestTalk(t *testing.T) {
	plain := []client{legacy(peer{}, handshake, inverted)}
	goes := []client{legacy(peer{}, handshake, inverted, cut)}
	runPlays(t, []play{
		{name: "echo", clients: plain},
		{name: "implicit handshake", flags: []string{"-implicit-handshake", "-expect-version", "771"}, clients: plain},
		{name: "implicit handshake, checked all the same", flags: []string{"-implicit-handshake", "-expect-version", "770"},
			clients: plain, status: 1, reason: "the version is"},
		{name: "read-size", flags: []string{"-read-size", "7"}, clients: plain},
		{name: "shim writes first", flags: []string{"-shim-writes-first"},
			clients: []client{legacy(peer{}, handshake, reads("hello"), inverted)}},
		{name: "shim shuts down", flags: []string{"-shim-shuts-down"}, clients: []client{legacy(peer{}, handshake, closed)}},
		{name: "shim shuts down first, and both say so", flags: []string{"-shim-shuts-down", "-check-close-notify"},
			clients: []client{legacy(peer{}, handshake, closed)}},
		{name: "shim shuts down, and the client does not", flags: []string{"-shim-shuts-down", "-check-close-notify"},
			clients: []client{legacy(peer{}, handshake, closed, cut)}, status: 1, reason: "[truncated]"},
		{name: "shim shuts down, and the client goes on", flags: []string{"-shim-shuts-down", "-check-close-notify"},
			clients: []client{legacy(peer{}, handshake, closed, sends("more"))}, status: 1, boring: ":APPLICATION_DATA_ON_SHUTDOWN:"},
		{name: "shim shuts down, and close_notify arrives though the client has more to say", flags: []string{"-shim-shuts-down"},
			clients: []client{legacy(peer{}, handshake, sends(strings.Repeat("more", 64<<10)), closed)}},
		{name: "no close_notify, as in 2014", clients: goes},
		{name: "no close_notify where it is due", flags: []string{"-check-close-notify"}, clients: goes, status: 1, reason: "[truncated]"},
		{name: "no close_notify in mid-handshake",
			clients: []client{legacy(peer{}, begins, cut)}, status: 1, reason: "[handshake-abandoned]"},
		{name: "exported keying material", flags: []string{"-no-tls13", "-export-keying-material", "32", "-export-label", "label",
			"-export-context", "context", "-use-export-context"}, clients: []client{modern(&tls.Config{}, exported("context"), modernInverted)}},
		{name: "exported without a context", flags: []string{"-export-keying-material", "32", "-export-label", "label"},
			clients: []client{modern(&tls.Config{}, exported(""), modernInverted)}},
		{name: "tls-unique", flags: []string{"-no-tls13", "-tls-unique"}, clients: []client{modern(&tls.Config{}, tlsUnique, modernInverted)}},
	})
}

func sends(text string) step {
	return func(c *legacyclient.Client) error {
		_, err := c.Write([]byte(text))
		return err
	}
}

func begins(c *legacyclient.Client) error {
	if err := c.Begin(legacyclient.Hello{}); err != nil {
		return err
	}
	return c.ReceiveFlight()
}

func exported(context string) func(*tls.Conn) error {
	return func(c *tls.Conn) error {
		var given []byte
		if context != "" {
			given = []byte(context)
		}
		state := c.ConnectionState()
		want, err := state.ExportKeyingMaterial("label", given, 32)
		if err != nil {
			return err
		}
		return readsExactly(c, want)
	}
}

func tlsUnique(c *tls.Conn) error { return readsExactly(c, c.ConnectionState().TLSUnique) }

func readsExactly(r io.Reader, want []byte) error {
	got := make([]byte, len(want))
	if _, err := io.ReadFull(r, got); err != nil {
		return err
	}
	if len(want) == 0 || !bytes.Equal(got, want) {
		return errors.New("the shim knows another secret")
	}
	return nil
}

func TestMisbehaviour(t *testing.T) {
	send := func(r legacyclient.Record) step { return func(c *legacyclient.Client) error { return c.Send(r) } }
	empty := func(n int) step {
		return func(c *legacyclient.Client) error {
			for range n {
				if err := c.WriteRecord(wire.TypeApplicationData, nil); err != nil {
					return err
				}
			}
			return nil
		}
	}
	first := func(steps ...step) []client {
		return []client{legacy(peer{}, append([]step{handshake}, steps...)...)}
	}
	runPlays(t, []play{
		{name: "HTTP", clients: []client{raw([]byte("GET / HTTP/1.0\r\n\r\n"))}, status: 1, boring: ":HTTP_REQUEST:"},
		{name: "not TLS", clients: []client{raw([]byte("SSH-2.0-OpenSSH_9.9\r\n"))}, status: 1, boring: ":WRONG_VERSION_NUMBER:"},
		{name: "a record that does not open",
			clients: first(alerted(wire.AlertBadRecordMAC, send(legacyclient.Record{Type: wire.TypeApplicationData, Payload: []byte("x"), BadMAC: true}))),
			status:  1, boring: ":DECRYPTION_FAILED_OR_BAD_RECORD_MAC:"},
		{name: "the alert arrives though the client has more to say",
			clients: first(alerted(wire.AlertBadRecordMAC, floods)), status: 1, boring: ":DECRYPTION_FAILED_OR_BAD_RECORD_MAC:"},
		{name: "a wrong premaster secret tells nothing", clients: []client{legacy(peer{
			Suites: []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_CBC_SHA}, Premaster: func(b []byte) { b[0] ^= 1 },
		}, alerted(wire.AlertBadRecordMAC, handshake))}, status: 1, boring: ":DECRYPTION_FAILED_OR_BAD_RECORD_MAC:"},
		{name: "32 empty records", clients: first(empty(32), inverted)},
		{name: "33 empty records", clients: first(alerted(wire.AlertUnexpectedMessage, empty(33))), status: 1, boring: ":TOO_MANY_EMPTY_FRAGMENTS:"},
		{name: "ChangeCipherSpec after the handshake",
			clients: first(alerted(wire.AlertUnexpectedMessage, send(legacyclient.Record{Type: wire.TypeChangeCipherSpec, Payload: []byte{1}}))),
			status:  1, boring: ":UNEXPECTED_RECORD:"},
		{name: "ChangeCipherSpec too early", clients: []client{legacy(peer{}, alerted(wire.AlertUnexpectedMessage, func(c *legacyclient.Client) error {
			if err := begins(c); err != nil {
				return err
			}
			return c.WriteRecord(wire.TypeChangeCipherSpec, []byte{1})
		}))}, status: 1, boring: ":CCS_RECEIVED_EARLY:"},
		{name: "an alert of one byte", clients: first(alerted(wire.AlertDecodeError, send(legacyclient.Record{Type: wire.TypeAlert, Payload: []byte{1}}))),
			status: 1, boring: ":BAD_ALERT:"},
		{name: "the client's fatal alert", clients: first(func(c *legacyclient.Client) error {
			return c.SendAlert(wire.LevelFatal, wire.AlertRecordOverflow)
		}), status: 1, boring: ":TLSV1_ALERT_RECORD_OVERFLOW:"},
		{name: "no null compression", clients: []client{legacy(peer{}, alerted(wire.AlertIllegalParameter, hello(func(h *wire.ClientHello) {
			h.CompressionMethods = []uint8{1}
		})))}, status: 1, boring: ":NO_COMPRESSION_SPECIFIED:"},
		{name: "an extension twice", clients: []client{legacy(peer{}, alerted(wire.AlertDecodeError, hello(func(h *wire.ClientHello) {
			h.Extensions = append(h.Extensions, h.Extensions[0])
		})))}, status: 1, boring: ":DUPLICATE_EXTENSION:"},
	})
}

// floods sends a bad record and much behind it before it reads.
func floods(c *legacyclient.Client) error {
	if err := c.Send(legacyclient.Record{Type: wire.TypeApplicationData, Payload: []byte("x"), BadMAC: true}); err != nil {
		return err
	}
	return c.WriteRaw([]byte(strings.Repeat("more", 64<<10)))
}
