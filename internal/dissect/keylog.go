package dissect

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/wire"
)

// logged is what key logs say of one client random.
type logged struct {
	from    string
	master  keys.Secret            // TLS 1.2 and before
	traffic map[string]keys.Secret // TLS 1.3, by label
}

// A premaster secret from a key log.
type premaster struct {
	from   string
	secret keys.Secret
}

// maxLogLine bounds a line of a key log; the longest there is has 200 bytes.
const maxLogLine = 4 << 10

// AddLog takes a key log in the format of NSS, which browsers, OpenSSL, curl and
// `parley serve --key-log` write. Labels that it does not know it passes over, as
// their format asks; so too a last line that is not whole yet.
func (k *Keyring) AddLog(name string, r io.Reader) error {
	return k.addLog(wire.Printable(name), "the key log "+wire.Printable(name), r)
}

func (k *Keyring) addLog(name, from string, r io.Reader) error {
	in := bufio.NewReaderSize(r, maxLogLine)
	said := false
	for line := 1; ; line++ {
		text, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			return fmt.Errorf("%s:%d: a line of more than %d bytes: this is no key log; give the file that SSLKEYLOGFILE names", name, line, maxLogLine)
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("%s: %w", name, err)
		}
		ends := err != nil
		meant, bad := k.addLine(from, strings.TrimSpace(string(text)))
		switch {
		case bad != nil && ends && len(text) > 0 && meant:
			// It is still being written.
		case bad != nil:
			return fmt.Errorf("%s:%d: %w", name, line, bad)
		}
		// OpenSSL's log of a handshake that failed has its first line only, a comment.
		said = said || meant || strings.HasPrefix(string(text), "#")
		if ends {
			break
		}
	}
	if !said {
		return fmt.Errorf("%s: it has no line of a key log: give the file that SSLKEYLOGFILE names, or that `parley serve --key-log` writes", name)
	}
	k.mu.Lock()
	k.logs++
	k.mu.Unlock()
	return nil
}

// trafficLabels are those of TLS 1.3 that open records.
var trafficLabels = map[string]bool{
	labelClientHandshake: true, labelServerHandshake: true,
	labelClientTraffic: true, labelServerTraffic: true,
}

// The labels of TLS 1.3 in a key log.
const (
	labelClientHandshake = "CLIENT_HANDSHAKE_TRAFFIC_SECRET"
	labelServerHandshake = "SERVER_HANDSHAKE_TRAFFIC_SECRET"
	labelClientTraffic   = "CLIENT_TRAFFIC_SECRET_0"
	labelServerTraffic   = "SERVER_TRAFFIC_SECRET_0"
)

// addLine takes one line; meant says that it is one of a key log.
func (k *Keyring) addLine(from, line string) (meant bool, err error) {
	fields := strings.Fields(line)
	switch {
	case len(fields) == 0 || strings.HasPrefix(line, "#"):
		return false, nil
	case strings.HasPrefix(line, "-----BEGIN"):
		return false, errors.New("this is PEM and no key log: give it with --key")
	case !isLabel(fields[0]):
		return false, fmt.Errorf("%q begins no line of a key log: each is a label, a number and a secret in hexadecimal", wire.Printable(shorten(fields[0])))
	}
	switch label := fields[0]; {
	case label == "CLIENT_RANDOM":
		return true, k.addMaster(from, fields)
	case label == "RSA" && len(fields) == 3 && strings.HasPrefix(fields[1], "Session-ID:"):
		return true, k.addSession(from, fields)
	case label == "RSA":
		return true, k.addPremaster(from, fields)
	case trafficLabels[label]:
		return true, k.addTraffic(from, fields)
	}
	return true, nil // a label that opens nothing here
}

func isLabel(s string) bool {
	return len(s) >= 3 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == "" && s[0] >= 'A'
}

// isLogLine reports whether a text begins as a key log does.
func isLogLine(text []byte) bool {
	first, _, _ := strings.Cut(string(text[:min(len(text), maxLogLine)]), " ")
	return isLabel(first) || strings.HasPrefix(first, "#")
}

func shorten(s string) string { return s[:min(len(s), 20)] }

// decode reads the two values of a line, of the lengths that they must have;
// zero: any.
func decode(fields []string, first, second int) (a, b []byte, err error) {
	if len(fields) != 3 {
		return nil, nil, fmt.Errorf("a line %s has %d values and not 2: it was cut; make the key log again", fields[0], len(fields)-1)
	}
	a, errA := hex.DecodeString(fields[1])
	b, errB := hex.DecodeString(fields[2])
	switch {
	case errA != nil || errB != nil:
		return nil, nil, fmt.Errorf("a line %s has a value that is not hexadecimal: make the key log again", fields[0])
	case first > 0 && len(a) != first || second > 0 && len(b) != second:
		return nil, nil, fmt.Errorf("a line %s has values of %d and %d bytes, not of %d and %d: make the key log again", fields[0], len(a), len(b), first, second)
	}
	return a, b, nil
}

func (k *Keyring) addMaster(from string, fields []string) error {
	random, master, err := decode(fields, 32, keys.MasterLen)
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.line(from, random).master = keys.NewSecret(master)
	return nil
}

func (k *Keyring) addTraffic(from string, fields []string) error {
	random, secret, err := decode(fields, 32, 0)
	switch {
	case err != nil:
		return err
	case len(secret) != 32 && len(secret) != 48:
		return fmt.Errorf("a line %s has a secret of %d bytes, not of 32 or 48: make the key log again", fields[0], len(secret))
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	l := k.line(from, random)
	if l.traffic == nil {
		l.traffic = map[string]keys.Secret{}
	}
	l.traffic[fields[0]] = keys.NewSecret(secret)
	return nil
}

// line gives what is known of a client random.
func (k *Keyring) line(from string, random []byte) *logged {
	l, there := k.randoms.get([32]byte(random))
	if !there {
		l = &logged{from: from}
		k.randoms.put([32]byte(random), l)
	}
	return l
}

// addPremaster takes a line of the oldest form, which names the premaster secret
// by how it begins when it is encrypted.
func (k *Keyring) addPremaster(from string, fields []string) error {
	begin, secret, err := decode(fields, 8, keys.MasterLen)
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.wrapped.put([8]byte(begin), &premaster{from: from, secret: keys.NewSecret(secret)})
	return nil
}

// addSession takes a line that names a session by its id.
func (k *Keyring) addSession(from string, fields []string) error {
	id, master := strings.TrimPrefix(fields[1], "Session-ID:"), strings.TrimPrefix(fields[2], "Master-Key:")
	a, b, err := decode([]string{fields[0], id, master}, 0, keys.MasterLen)
	if err != nil {
		return err
	}
	k.keep(idHash(a), session{master: keys.NewSecret(b), from: from})
	return nil
}
