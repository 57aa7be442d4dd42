package visit

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/legacyclient/profiles"
	"github.com/parley-tls/parley/internal/proxy"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/tape"
	"github.com/parley-tls/parley/internal/wire"
)

// Options are what is asked for, as words.
type Options struct {
	Address string // HOST:PORT

	As     string   // a profile; empty: the founding client
	Do     string   // a behaviour; empty: the profile's habit, or none
	Asked  string   // what is done when the server asks for a renegotiation
	TLS    string   // the highest version; empty: the profile's
	Suites []string // in place of the profile's
	Trim   bool     // leave out what this client cannot do

	ServerName string // empty: the host's, where that is a name; "none": none
	Cert, Key  string // files of a client certificate

	Bytes   string // of our own data before and after; empty: 64
	Request string // data to send in their place: text, or @FILE
	NoEcho  bool   // what comes back is only read
	Times   string // how often the behaviour is shown; empty: once
	After   string // the pause before each
	Timeout string // of each wait; empty: 10s
	Write   string // a file for what passes, with its keys

	Tool string // what makes the report
}

// A Plan is Options that were checked.
type Plan struct {
	call
	address string
	host    string
	known   profiles.Profile
	write   string
	tool    string
	began   time.Time
}

// What holds where nothing else is said, and what bounds it.
const (
	defaultTimeout = 10 * time.Second
	defaultBytes   = 64
	mostBytes      = 64 << 20
	mostTimes      = 1000
	mostWait       = time.Hour
	mostRequest    = 1 << 20
	settle         = 300 * time.Millisecond
)

// Check makes a plan of the options. Its errors are *proxy.SettingErrors, but for
// files that cannot be read.
func (o Options) Check() (*Plan, error) {
	p := &Plan{write: o.Write, tool: o.Tool, began: time.Now()}
	for _, check := range []func(*Plan) error{
		o.checkAddress, o.checkProfile, o.checkBehaviour, o.checkNumbers, o.checkData, o.checkCertificate,
	} {
		if err := check(p); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (o Options) checkAddress(p *Plan) error {
	host, port, err := net.SplitHostPort(o.Address)
	if n, bad := strconv.Atoi(port); err != nil || bad != nil || n < 1 || n > 65535 || host == "" {
		return fmt.Errorf("%q: %w", o.Address, errAddress)
	}
	p.address, p.host = o.Address, host
	return nil
}

var errAddress = errors.New("this is not HOST:PORT, such as legacy.example:443 or [2001:db8::1]:443")

// IsAddress reports whether an error is about the address.
func IsAddress(err error) bool { return errors.Is(err, errAddress) }

func (o Options) checkProfile(p *Plan) error {
	name := o.As
	if name == "" {
		name = "founding"
	}
	known, ok := profiles.Named(name)
	if !ok {
		return &proxy.SettingError{Name: "as", Value: o.As, Problem: "there is no such profile", Advice: suggestion(name, profileNames(), "profiles")}
	}
	if o.TLS != "" {
		v, err := parseVersion(o.TLS)
		if err != nil {
			return err
		}
		known = known.At(v)
	}
	if len(o.Suites) > 0 {
		ids, err := parseSuites(o.Suites)
		if err != nil {
			return err
		}
		known = known.WithSuites(ids)
	}
	if o.Trim {
		known = known.Trimmed()
	}
	p.known, p.profile = known, name
	p.options = known.Options(p.options)
	p.options.ServerName = o.serverName(p.host, known)
	return nil
}

// serverName is that which the client names: the host's, unless it is an address
// or the real client names none.
func (o Options) serverName(host string, p profiles.Profile) string {
	_, names := p.Hello.Extension(wire.ExtensionServerName)
	switch {
	case o.ServerName == "none", o.ServerName == "" && (net.ParseIP(host) != nil || !names):
		return ""
	case o.ServerName != "":
		return o.ServerName
	}
	return host
}

func (o Options) checkBehaviour(p *Plan) error {
	name := o.Do
	if name == "" {
		name = p.known.Habit
	}
	if name == "" {
		name = "none"
	}
	b, ok := Named(name)
	if !ok {
		return &proxy.SettingError{Name: "do", Value: o.Do, Problem: "there is no such behaviour", Advice: suggestion(name, BehaviourNames(), "behaviours")}
	}
	p.behaviour = b
	if o.Asked == "" {
		return nil
	}
	for r := legacyclient.ReactIgnore; r <= legacyclient.ReactSplice; r++ {
		if r.String() == o.Asked {
			p.options.HelloRequest = r
			return nil
		}
	}
	return &proxy.SettingError{Name: "asked", Value: o.Asked, Problem: "there is no such reaction", Advice: "say ignore, proper, decline, reset, bare or splice"}
}

func (o Options) checkNumbers(p *Plan) error {
	var err error
	if p.exchange.bytes, err = number("bytes", o.Bytes, defaultBytes, 0, mostBytes); err != nil {
		return err
	}
	if p.times, err = number("times", o.Times, 1, 1, mostTimes); err != nil {
		return err
	}
	if p.after, err = duration("after", o.After, 0); err != nil {
		return err
	}
	if p.timeout, err = duration("timeout", o.Timeout, defaultTimeout); err != nil {
		return err
	}
	if p.timeout == 0 {
		return &proxy.SettingError{Name: "timeout", Value: o.Timeout, Problem: "every wait needs some time", Advice: "write a duration such as 10s"}
	}
	return nil
}

func number(name, word string, otherwise, least, most int) (int, error) {
	if word == "" {
		return otherwise, nil
	}
	digits, unit := word, 1
	for suffix, size := range map[string]int{"KiB": 1 << 10, "MiB": 1 << 20} {
		if rest, ok := strings.CutSuffix(word, suffix); ok && most > 1<<20 {
			digits, unit = strings.TrimSpace(rest), size
		}
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n < least || n > most/unit {
		return 0, &proxy.SettingError{Name: name, Value: word, Problem: "this is no count that it takes", Advice: fmt.Sprintf("write a whole number from %d to %d", least, most)}
	}
	return n * unit, nil
}

func duration(name, word string, otherwise time.Duration) (time.Duration, error) {
	if word == "" {
		return otherwise, nil
	}
	d, err := time.ParseDuration(word)
	if err != nil || d < 0 || d > mostWait {
		return 0, &proxy.SettingError{Name: name, Value: word, Problem: "this is no duration that it takes", Advice: "write a number with its unit, such as 30s, up to 1h"}
	}
	return d, nil
}

func (o Options) checkData(p *Plan) error {
	p.exchange.echo, p.exchange.settle = !o.NoEcho, settle
	if o.NoEcho && o.Bytes == "" {
		p.exchange.bytes = 0
	}
	if o.Request == "" {
		return nil
	}
	if o.Bytes != "" {
		return &proxy.SettingError{Name: "bytes", Value: o.Bytes, Problem: "the data to send is named by --request already", Advice: "give one of the two"}
	}
	p.exchange.echo = false
	if name, ok := strings.CutPrefix(o.Request, "@"); ok {
		return p.readRequest(name)
	}
	p.exchange.request = []byte(strings.NewReplacer(`\r`, "\r", `\n`, "\n", `\t`, "\t", `\\`, `\`).Replace(o.Request))
	return nil
}

func (p *Plan) readRequest(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("--request: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, mostRequest+1))
	if err != nil {
		return fmt.Errorf("--request: %w", err)
	}
	if len(b) > mostRequest {
		return &proxy.SettingError{Name: "request", Value: "@" + name, Problem: "the file is longer than 1 MiB", Advice: "name a shorter one"}
	}
	p.exchange.request = b
	return nil
}

func (o Options) checkCertificate(p *Plan) error {
	if o.Cert == "" && o.Key == "" {
		return nil
	}
	key := o.Key
	if key == "" {
		key = o.Cert // one file may hold both
	}
	if o.Cert == "" {
		return &proxy.SettingError{Name: "key", Value: o.Key, Problem: "there is no certificate for it", Advice: "name its certificate with --cert"}
	}
	c, err := tls.LoadX509KeyPair(o.Cert, key)
	if err != nil {
		return fmt.Errorf("--cert: %w", err)
	}
	p.options.Certificate = &c
	return nil
}

func parseVersion(word string) (wire.Version, error) {
	for v := wire.VersionSSL30; v <= wire.VersionTLS12; v++ {
		name := strings.ReplaceAll(v.String(), " ", "")
		if number := strings.TrimPrefix(name, "TLS"); strings.EqualFold(word, name) || word == number || strings.EqualFold(word, "TLSv"+number) {
			return v, nil
		}
	}
	problem := "this is no version of TLS"
	if strings.HasSuffix(word, "1.3") {
		problem = "this client goes no higher than TLS 1.2: what it plays does not happen in TLS 1.3, which knows no renegotiation"
	}
	return 0, &proxy.SettingError{Name: "tls", Value: word, Problem: problem, Advice: "write SSL3.0, 1.0, 1.1 or 1.2"}
}

// parseSuites takes any suite that has a name, for a client may offer what it
// cannot do.
func parseSuites(lists []string) ([]wire.SuiteID, error) {
	var ids []wire.SuiteID
	for _, list := range lists {
		for _, name := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ':' }) {
			id, err := suite.Parse(name)
			if other, ok := wire.SuiteByName(name); err != nil && ok {
				id, err = other, nil
			}
			if err != nil {
				return nil, &proxy.SettingError{Name: "suites", Value: name, Problem: "there is no such cipher suite", Advice: "write names as IANA or OpenSSL spells them, with commas between them"}
			}
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, &proxy.SettingError{Name: "suites", Problem: "the list is empty", Advice: "name at least one"}
	}
	return ids, nil
}

// newTape makes the file that the plan names; nil: it names none.
func (p *Plan) newTape() (*tape.Tape, error) {
	if p.write == "" {
		return nil, nil
	}
	t, err := tape.Create(p.write, capture.WriterOptions{Application: p.tool, Comment: "parley client: holds the keys to these connections"})
	if errors.Is(err, os.ErrExist) {
		return nil, &proxy.SettingError{Name: "write", Value: p.write, Problem: "this file is there already", Advice: "choose another name, or remove it"}
	}
	if err != nil {
		return nil, fmt.Errorf("--write: %w", err)
	}
	return t, nil
}

func (p *Plan) journey(t *tape.Tape) *journey {
	return &journey{plan: p, output: output{tape: t}}
}

// ProfileNames are the words of --as.
func ProfileNames() []string { return profileNames() }

func profileNames() []string {
	var names []string
	for _, p := range profiles.All() {
		names = append(names, p.Name)
	}
	return names
}

// BehaviourNames are the words of --do.
func BehaviourNames() []string {
	var names []string
	for _, b := range Behaviours() {
		names = append(names, b.Name)
	}
	for name := range Aliases {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// suggestion names what may have been meant: names that contain the word, or that
// it contains.
func suggestion(word string, names []string, what string) string {
	var near []string
	for _, name := range names {
		if len(word) > 2 && (strings.Contains(name, word) || strings.Contains(word, name)) {
			near = append(near, name)
		}
	}
	if len(near) == 0 || len(near) > 6 {
		return "parley client --list has all " + what
	}
	return "perhaps " + strings.Join(near, ", ") + "; parley client --list has all " + what
}
