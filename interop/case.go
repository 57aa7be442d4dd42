package interop

import (
	"fmt"
	"strings"
)

// A Mode is a way in which a rig client begins again. README.md says what each does.
type Mode string

// The rig's modes.
const (
	ModeNone        Mode = "none"
	ModeReset       Mode = "reset"
	ModeProper      Mode = "proper"
	ModeAbbreviated Mode = "abbreviated"
	ModeNewSSL      Mode = "newssl"
	ModeClear       Mode = "clear"
	ModeConnect     Mode = "connect"
)

// Restarts says whether the mode's second hello comes in clear.
func (m Mode) Restarts() bool { return m == ModeNewSSL || m == ModeClear || m == ModeConnect }

// A Resume is what a rig client does about sessions.
type Resume string

// ResumeID and ResumeTicket connect twice; the second connection offers the first one's session.
const (
	ResumeAny    Resume = "any"
	ResumeOff    Resume = "off"
	ResumeID     Resume = "id"
	ResumeTicket Resume = "ticket"
)

// Connections is how many connections a case makes.
func (r Resume) Connections() int {
	if r == ResumeID || r == ResumeTicket {
		return 2
	}
	return 1
}

// A Case is one client of the rig: what it offers and what it does. Zero fields take the rig's defaults.
type Case struct {
	Name    string // without spaces, unique among the cases of a run
	Mode    Mode
	Version string // tls1, tls1_1, tls1_2, any
	Ciphers string // as OpenSSL spells them
	Resume  Resume
	Cycles  int
	Bytes   int
	Before  int // bytes whose echo crosses the hello
	Cork    bool
	After   int // bytes behind the hello
	Drive   string
	Pattern string
	From    string // the client's own address, in 127.0.0.0/8
	Cert    string
	Key     string
	SNI     string
	Timeout int // seconds a wait may take
	SSL2    bool
	Verbose bool
}

// Title describes the case in the order in which a matrix is read.
func (c Case) Title() string {
	return fmt.Sprintf("%s/%s/%s/%s/cycles=%d/bytes=%d", c.Mode, c.Version, c.Ciphers, c.Resume, c.Cycles, c.Bytes)
}

// words spells the case as the rig's options.
func (c Case) words() []string {
	var words []string
	text := func(key, value string) {
		if value != "" {
			words = append(words, key+"="+value)
		}
	}
	number := func(key string, value int) {
		if value != 0 {
			words = append(words, fmt.Sprintf("%s=%d", key, value))
		}
	}
	flag := func(key string, value bool) {
		if value {
			words = append(words, key+"=1")
		}
	}
	text("case", c.Name)
	text("mode", string(c.Mode))
	text("version", c.Version)
	text("ciphers", c.Ciphers)
	text("resume", string(c.Resume))
	number("cycles", c.Cycles)
	number("bytes", c.Bytes)
	number("before", c.Before)
	flag("cork", c.Cork)
	number("after", c.After)
	text("drive", c.Drive)
	text("pattern", c.Pattern)
	text("from", c.From)
	text("cert", c.Cert)
	text("key", c.Key)
	text("sni", c.SNI)
	number("timeout", c.Timeout)
	flag("sslv2hello", c.SSL2)
	flag("verbose", c.Verbose)
	return words
}

func (c Case) line() string { return strings.Join(c.words(), " ") + "\n" }
