package engine_test

import (
	"fmt"
	"testing"

	"github.com/parley-tls/parley/internal/engine"
	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/record"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

var otherVersions = []wire.Version{wire.VersionSSL30, wire.VersionTLS10, wire.VersionTLS11, wire.VersionTLS12}

func TestNegative18AHeaderOfAnotherVersion(t *testing.T) {
	for name, p := range ciphers {
		for kind, say := range map[string]func(*conversation) line{
			"data":                func(*conversation) line { return data("x") },
			"an alert":            func(*conversation) line { return alert(wire.LevelWarning, wire.AlertUserCanceled) },
			"close_notify":        func(*conversation) line { return closeNotify() },
			"a ChangeCipherSpec":  func(c *conversation) line { c.Client(hello().SCSV().SessionInUse()); return changeCipherSpec() },
			"a message of a full": func(c *conversation) line { c.Client(hello().Proper()); return clientKeyExchange() },
		} {
			t.Run(name+", "+kind, func(t *testing.T) {
				for _, v := range append(otherVersions, 0x0304, 0x0200, 0, 0xffff) {
					if v == p.version {
						continue
					}
					c := established(t, p)
					l := say(c)
					c.Client(stamped(v, l))
					c.Ends(wire.AlertProtocolVersion, "record-version")
					if c.data[0] != "as it begins" {
						t.Errorf("%s: delivered", v)
					}
				}
			})
		}
	}
}

// The founding client stamps its second hello 0x0301 whatever the connection
// speaks; MAC and AEAD data are of the negotiated version.
func TestASecondHellosHeaderMaySayAnyVersion(t *testing.T) {
	for name, p := range ciphers {
		t.Run(name, func(t *testing.T) {
			for _, v := range otherVersions {
				c := established(t, p)
				c.Client(stamped(v, hello().SCSV().SessionInUse()))
				c.Server("ServerHello", "change_cipher_spec", "Finished")
				c.goOnAbbreviated()
				c.Echoes("the stream goes on")
			}
			for _, v := range []wire.Version{0x0304, 0x0200, 0x0399} {
				c := established(t, p)
				c.Client(stamped(v, hello().SCSV().SessionInUse()))
				c.Ends(wire.AlertProtocolVersion, "record-version")
			}
		})
	}
}

func (c *conversation) goOnAbbreviated() {
	c.t.Helper()
	c.Client(changeCipherSpec(), finished())
	c.Silence()
}

// computedWith is a record whose MAC or AEAD data are computed with what the
// header says: what the founding client does not do.
func computedWith(v wire.Version, h *helloLine) line {
	return lineFunc(func(c *conversation) []byte {
		s := suite.ByID(c.peer.suite)
		block := keys.KeyBlock(c.peer.version, s, c.peer.session.master, &c.peer.random, &c.peer.answer.Random)
		sealer, err := record.NewSealer(v, s, block.ClientMAC, block.ClientKey, block.ClientIV)
		if err != nil {
			c.t.Fatal(err)
		}
		// What was sealed before: Finished and "as it begins".
		sealer.Seal(nil, wire.TypeHandshake, make([]byte, 16))
		sealer.Seal(nil, wire.TypeApplicationData, make([]byte, 12))
		return stamped(wire.VersionTLS10, lineFunc(func(c *conversation) []byte {
			return sealer.Seal(nil, wire.TypeHandshake, h.message(c))
		})).bytes(c)
	})
}

// The server computes with the negotiated version, once; trying two would be an
// oracle.
func TestNegative18MACOverTheHeadersVersion(t *testing.T) {
	for _, name := range []string{"RC4", "GCM", "ChaCha20"} {
		t.Run(name, func(t *testing.T) {
			p := ciphers[name]
			right := established(t, p)
			right.Client(computedWith(p.version, hello().SCSV().SessionInUse()))
			right.Server("ServerHello", "change_cipher_spec", "Finished")

			if suite.ByID(p.suite).MinVersion > wire.VersionTLS10 {
				return // no sealer makes it for TLS 1.0; record tests that the version is in what is authenticated
			}
			wrong := established(t, p)
			wrong.Client(computedWith(wire.VersionTLS10, hello().SCSV().SessionInUse()))
			wrong.Ends(wire.AlertBadRecordMAC, "record-mac")
		})
	}
}

func TestAFirstRecordsHeaderMaySayAnyMinorVersion(t *testing.T) {
	for _, v := range []wire.Version{0x0300, 0x0301, 0x0302, 0x0303, 0x0304, 0x03ff} {
		c := converse(t, tls12)
		c.Client(stamped(v, hello()))
		if c.err != nil {
			t.Errorf("%s: %v", v, c.err)
		}
	}
	c := converse(t, tls12)
	c.Client(stamped(0x0200, hello()))
	c.Ends(wire.AlertProtocolVersion, "record-version")
}

func TestEveryTamperedRecordEndsTheConnection(t *testing.T) {
	for name, p := range ciphers {
		for _, l := range []line{data("x"), alert(wire.LevelWarning, wire.AlertUserCanceled), sealed(wire.TypeHandshake, []byte{1, 0, 0, 0})} {
			t.Run(name, func(t *testing.T) {
				c := established(t, p)
				c.Client(broken(l))
				c.Ends(wire.AlertBadRecordMAC, "record-mac")
			})
		}
	}
}

func TestTypesThatAreNoneEndTheConnection(t *testing.T) {
	for _, id := range []wire.ContentType{0, 19, 24, 25, 255} {
		c := established(t, tls12)
		c.Client(sealed(id, []byte("x")))
		c.Ends(wire.AlertUnexpectedMessage, "record-unknown-type")
	}
}

func TestARecordTooLongEndsTheConnection(t *testing.T) {
	c := established(t, tls12)
	c.Client(raw([]byte{23, 3, 3, 0x48, 0x01}))
	c.Ends(wire.AlertRecordOverflow, "")
}

func TestEmptyRecordsOfOtherTypesAreRefused(t *testing.T) {
	for _, id := range []wire.ContentType{wire.TypeHandshake, wire.TypeAlert, wire.TypeChangeCipherSpec} {
		for _, reach := range []func() *conversation{func() *conversation { return established(t, tls12) }, func() *conversation { return converse(t, tls12) }} {
			c := reach()
			c.Client(sealed(id, nil))
			c.Ends(wire.AlertUnexpectedMessage, "")
		}
	}
}

func TestThirtyTwoEmptyRecordsOrWarningsInARow(t *testing.T) {
	for name, idle := range map[string]line{
		"empty data": data(""), "a warning": alert(wire.LevelWarning, wire.AlertUserCanceled), "no_renegotiation": alert(wire.LevelWarning, wire.AlertNoRenegotiation),
	} {
		t.Run(name, func(t *testing.T) {
			c := established(t, tls12)
			for round := range 3 {
				for range 32 {
					c.Client(idle)
				}
				if c.err != nil {
					t.Fatalf("round %d: %v", round, c.err)
				}
				c.Echoes("something moves")
			}
			for range 33 {
				c.Client(idle)
			}
			c.Ends(wire.AlertUnexpectedMessage, "")
		})
	}
}

func TestIdleRecordsBeforeAHelloAreCountedToo(t *testing.T) {
	c := converse(t, tls12)
	for range 33 {
		c.Client(alert(wire.LevelWarning, wire.AlertUserCanceled))
	}
	c.Ends(wire.AlertUnexpectedMessage, "")
}

func TestOldClientsEmptyRecordBeforeEachIsHarmless(t *testing.T) {
	c := established(t, tls10)
	for i := range 100 {
		c.Client(data(""), data(fmt.Sprint(i, " ")))
	}
	if c.err != nil || c.conn.Phase() != engine.PhaseOpen {
		t.Errorf("%v", c.err)
	}
}

func TestAlertsThatAreNone(t *testing.T) {
	for _, content := range [][]byte{{1}, {1, 0, 0}, {2, 40, 2, 40}} {
		c := established(t, tls12)
		c.Client(sealed(wire.TypeAlert, content))
		c.Ends(wire.AlertDecodeError, "")
	}
}

// An alert in clear proves nothing and is answered as any record that does not
// open; who looks is told what it said.
func TestAnAlertInClearIsNamed(t *testing.T) {
	for name, p := range ciphers {
		t.Run(name, func(t *testing.T) {
			for level, finding := range map[byte]string{1: "alert-in-clear", 2: "alert-in-clear", 9: "record-mac"} {
				c := established(t, p)
				c.Client(raw([]byte{21, 3, byte(p.version), 0, 2, level, 10}))
				c.Ends(wire.AlertBadRecordMAC, finding)
			}
		})
	}
}
