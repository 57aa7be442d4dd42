// Package interop holds Parley against real TLS clients: OpenSSL 1.0.1 and 1.0.2
// in the rig, Debian's OpenSSL and GnuTLS, Java, Python, curl and Deno.
//
// The helpers build anywhere; the tests have the build tag interop, because they
// need the peers that interop/install.sh gets. A missing peer fails a test, it
// never skips one.
package interop

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// An OpenSSL names one of the rig's libraries.
type OpenSSL string

// The libraries in the rig.
const (
	OpenSSL101e OpenSSL = "1.0.1e"
	OpenSSL101j OpenSSL = "1.0.1j" // the founding case's
	OpenSSL101u OpenSSL = "1.0.1u"
	OpenSSL102r OpenSSL = "1.0.2r"
)

// Two more are there as they are inside Node.js, for their hellos: the rig does
// not run on them.
const (
	OpenSSL100f OpenSSL = "1.0.0f"
	OpenSSL111n OpenSSL = "1.1.1n"
)

// Versions lists every OpenSSL in the rig, oldest first.
func Versions() []OpenSSL {
	return []OpenSSL{OpenSSL101e, OpenSSL101j, OpenSSL101u, OpenSSL102r}
}

// A Set is every peer, installed and ready to run.
type Set struct {
	cache  string // what install.sh filled
	source string // this folder
	rig    string // compiled from rig/
	java   string // compiled from peers/
	mbed   string // likewise
}

// Peers finds the peers that interop/install.sh installed. It fails if any is
// missing, or was compiled from other sources than these.
func Peers() (*Set, error) {
	cache, err := cacheDir()
	if err != nil {
		return nil, err
	}
	_, file, _, _ := runtime.Caller(0)
	s := &Set{cache: cache, source: filepath.Dir(file)}
	if err := s.complete(); err != nil {
		return nil, fmt.Errorf("%w: run interop/install.sh", err)
	}
	return s, nil
}

func cacheDir() (string, error) {
	if dir := os.Getenv("PARLEY_PEERS"); dir != "" {
		return dir, nil
	}
	base := os.Getenv("XDG_CACHE_HOME") // install.sh looks there too; os.UserCacheDir does the same on Linux alone
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("where the peers are: %w", err)
		}
		base = filepath.Join(home, ".cache")
	}
	return filepath.Join(base, "parley-peers"), nil
}

func (s *Set) complete() error {
	for _, version := range append(Versions(), OpenSSL100f, OpenSSL111n) {
		if _, err := os.Stat(s.openssl(version)); err != nil {
			return err
		}
	}
	if _, err := os.Stat(s.deno()); err != nil {
		return err
	}
	for _, command := range []string{"openssl", "gnutls-cli", "curl", "tshark", "java", python} {
		if _, err := exec.LookPath(command); err != nil {
			return err
		}
	}
	var err error
	if s.rig, err = s.built("rig-%s.so", "rig/*.[ch]"); err != nil {
		return err
	}
	if s.mbed, err = s.built("mbedtls-%s", "peers/mbedtls_hello.c"); err != nil {
		return err
	}
	s.java, err = s.built("java-%s", "peers/JavaPeer.java")
	return err
}

// built finds what install.sh compiled: its name carries the sum of its sources,
// so that checkouts which differ share one cache.
func (s *Set) built(name, sources string) (string, error) {
	files, err := filepath.Glob(filepath.Join(s.source, sources))
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		sum.Write(content)
	}
	path := filepath.Join(s.cache, fmt.Sprintf(name, hex.EncodeToString(sum.Sum(nil)[:8])))
	_, err = os.Stat(path)
	return path, err
}

// haproxyBinary is Debian's, where not everybody's path leads.
const haproxyBinary = "/usr/sbin/haproxy"

// redisBinary is Debian's, of the package that starts no server.
const redisBinary = "/usr/bin/redis-check-rdb"

// python is the system's, which is linked with the system's OpenSSL.
const python = "/usr/bin/python3"

func (s *Set) openssl(version OpenSSL) string {
	return filepath.Join(s.cache, "openssl-"+string(version))
}
func (s *Set) deno() string            { return filepath.Join(s.cache, "deno") }
func (s *Set) promtool() string        { return filepath.Join(s.cache, "promtool") }
func (s *Set) nginx() string           { return filepath.Join(s.cache, "nginx") }
func (s *Set) nginxStream() string     { return filepath.Join(s.cache, "ngx_stream_module.so") }
func (s *Set) peer(name string) string { return filepath.Join(s.source, "peers", name) }
