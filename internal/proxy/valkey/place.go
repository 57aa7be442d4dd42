// Package valkey keeps sealed sessions in a Valkey or Redis server, for the session
// ids of several nodes. Whatever becomes of that server, no handshake waits longer
// for it than parley.SessionStore lets it, and none fails.
package valkey

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// A Place is where the server is and how it is spoken to. Places are equal if they
// are the same in all. Whatever prints one shows no password.
type Place struct {
	Host     string // with its port
	Database int
	TLS      bool
	user     string
	password string
	ca       string // PEM; empty: the system's authorities
}

// defaultPort is IANA's for Redis, which Valkey keeps.
const defaultPort = "6379"

// Parse reads valkey://[USER[:PASSWORD]@]HOST[:PORT][/DATABASE], or valkeys:// for
// TLS. Its errors show no password.
func Parse(word string) (Place, error) {
	u, err := url.Parse(word)
	if err != nil {
		return Place{}, errors.New("this is no address") // the error itself shows all
	}
	p := Place{TLS: u.Scheme == "valkeys", user: u.User.Username()}
	p.password, _ = u.User.Password()
	switch {
	case u.Scheme != "valkey" && u.Scheme != "valkeys":
		return Place{}, errors.New("this is neither memory nor an address of Valkey")
	case u.Hostname() == "":
		return Place{}, errors.New("the host is missing")
	case u.RawQuery != "" || u.Fragment != "" || u.Opaque != "":
		return Place{}, errors.New("there is more behind the address than a database")
	}
	port := u.Port()
	if port == "" {
		port = defaultPort
	}
	p.Host = net.JoinHostPort(u.Hostname(), port)
	if path := strings.Trim(u.Path, "/"); path != "" {
		n, err := strconv.ParseUint(path, 10, 16)
		if err != nil {
			return Place{}, errors.New("the database is not a number")
		}
		p.Database = int(n)
	}
	return p, nil
}

// between is what may be secret in an address: all until the last @ of its line, since
// a password that somebody forgot to escape may have any characters.
var between = regexp.MustCompile(`:/+.*@`)

// Redact is a text without the passwords of the addresses in it, right or wrong.
func Redact(text string) string { return between.ReplaceAllString(text, "://...@") }

// RedactAddress is an address alone without its password, though it may lack
// everything else that an address has.
func RedactAddress(word string) string {
	if at := strings.LastIndexByte(word, '@'); at > 0 && !strings.Contains(word, ":/") {
		return "..." + word[at:]
	}
	return Redact(word)
}

// HasPassword says whether it came with one.
func (p Place) HasPassword() bool { return p.password != "" }

// WithPassword is the place with another password.
func (p Place) WithPassword(password string) Place {
	p.password = password
	return p
}

// WithCA is the place with authorities of its own, in PEM.
func (p Place) WithCA(pem string) Place {
	p.ca = pem
	return p
}

// String is the address without user and password.
func (p Place) String() string {
	scheme := "valkey"
	if p.TLS {
		scheme = "valkeys"
	}
	return fmt.Sprintf("%s://%s/%d", scheme, p.Host, p.Database)
}

// Format keeps every verb of fmt from looking inside.
func (p Place) Format(s fmt.State, _ rune) { fmt.Fprint(s, p.String()) }
