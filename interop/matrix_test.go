//go:build interop

package interop

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A suite of the matrix: which versions have it, and how OpenSSL spells it.
type matrixSuite struct {
	ciphers  string
	versions []string
}

var (
	everyVersion = []string{"tls1", "tls1_1", "tls1_2"}
	matrixSuites = []matrixSuite{
		{"AES128-SHA", everyVersion},
		{"ECDHE-RSA-AES256-SHA", everyVersion},
		{"AES128-GCM-SHA256", []string{"tls1_2"}},
		{"ECDHE-RSA-AES256-GCM-SHA384", []string{"tls1_2"}},
	}
	matrixModes = []Mode{ModeNone, ModeReset, ModeProper, ModeAbbreviated, ModeNewSSL, ModeClear, ModeConnect}
	printed     = map[string]string{"tls1": "TLSv1", "tls1_1": "TLSv1.1", "tls1_2": "TLSv1.2"}
)

// A dimension of the matrix that a server may narrow.
type matrixShape struct {
	modes   []Mode
	resumes []Resume
	cycles  []int
	bytes   []int
}

// matrix lists every combination of the shape with versions and suites. Each
// case comes from an address of its own: a server rations by source.
func matrix(shape matrixShape) []Case {
	var cases []Case
	for _, suite := range matrixSuites {
		for _, version := range suite.versions {
			for _, mode := range shape.modes {
				for _, resume := range shape.resumes {
					for _, cycles := range shape.cycles {
						for _, bytes := range shape.bytes {
							if bytes > 1<<20 && resume == ResumeID {
								continue // a ticket's large messages say the same, and take minutes
							}
							n := len(cases)
							cases = append(cases, Case{
								Name: fmt.Sprintf("m%d", n), From: fmt.Sprintf("127.1.%d.%d", n>>8, n&0xff),
								Mode: mode, Version: version, Ciphers: suite.ciphers, Resume: resume,
								Cycles: cycles, Bytes: bytes,
							})
						}
					}
				}
			}
		}
	}
	return cases
}

// wrong says what is not as it should be with a case that every rule allows; "" if nothing.
func wrong(c Case, r *Result) string {
	if !r.OK {
		return r.String()
	}
	perConnection := 1
	if c.Mode != ModeNone {
		perConnection += c.Cycles
	}
	if want := c.Resume.Connections() * perConnection; len(r.Handshakes) != want {
		return fmt.Sprintf("%d handshakes, want %d", len(r.Handshakes), want)
	}
	for i, handshake := range r.Handshakes {
		if handshake.Version != printed[c.Version] || handshake.Cipher != c.Ciphers {
			return fmt.Sprintf("handshake %d made %s %s", i+1, handshake.Version, handshake.Cipher)
		}
		if want, known := wantResumed(c, i/perConnection, i%perConnection); known && handshake.Resumed != want {
			return fmt.Sprintf("handshake %d, %s on connection %d: resumed is %t", i+1, handshake.How, i/perConnection+1, handshake.Resumed)
		}
	}
	return ""
}

// wantResumed says whether a handshake should be abbreviated. What a restart
// offers depends on what its client forgot, so it is known of the others only.
func wantResumed(c Case, connection, handshake int) (want, known bool) {
	if handshake == 0 {
		return connection > 0, true
	}
	switch c.Mode {
	case ModeReset, ModeAbbreviated:
		return true, true
	case ModeProper:
		return false, true
	}
	return false, false
}

// runMatrix runs the cases of every OpenSSL against the server at address.
func runMatrix(t *testing.T, address string, jobs int, cases []Case) {
	t.Helper()
	s := peers(t)
	for _, version := range Versions() {
		t.Run(string(version), func(t *testing.T) {
			results, err := s.Batch(t.Context(), version, address, jobs, cases)
			if err != nil {
				t.Fatal(err)
			}
			faults := map[string]int{}
			for i, result := range results {
				if fault := wrong(cases[i], result); fault != "" {
					faults[string(cases[i].Mode)+" "+cases[i].Version]++
					t.Errorf("%s: %s", cases[i].Title(), fault)
				}
			}
			t.Logf("%d cases, %d bytes echoed, faults by mode and version: %v", len(cases), echoed(results), faults)
		})
	}
}

func echoed(results []*Result) (n int64) {
	for _, result := range results {
		n += result.Received
	}
	return n
}

// The matrix is tried on OpenSSL's own servers, with the modes that they accept.
func TestMatrixAgainstOpenSSL3(t *testing.T) {
	runMatrix(t, openSSL3(t).Address, 2, matrix(matrixShape{
		modes:   []Mode{ModeNone, ModeProper, ModeAbbreviated},
		resumes: []Resume{ResumeOff, ResumeID, ResumeTicket},
		cycles:  []int{1, 5},
		bytes:   []int{64, 16 << 10},
	}))
}

func TestMatrixAgainstRig(t *testing.T) {
	for _, version := range Versions() {
		t.Run("server "+string(version), func(t *testing.T) {
			server := rigServer(t, version)
			runMatrix(t, server.Address, 2, matrix(matrixShape{
				modes:   []Mode{ModeNone, ModeProper, ModeAbbreviated},
				resumes: []Resume{ResumeID, ResumeTicket},
				cycles:  []int{1, 5},
				bytes:   []int{64},
			}))
		})
	}
}

// Every mode of every OpenSSL is served, and every byte comes back.
func TestMatrixAgainstParley(t *testing.T) {
	server := parley(t, "--reset", "accept", "--restart", "isolate")
	shape := matrixShape{
		modes:   matrixModes,
		resumes: []Resume{ResumeOff, ResumeID, ResumeTicket},
		cycles:  []int{1, 5},
		bytes:   []int{64, 16 << 10, 4 << 20},
	}
	if testing.Short() {
		shape.bytes = []int{64, 100_000}
		shape.resumes = []Resume{ResumeTicket}
	}
	runMatrix(t, server.Address, 2, matrix(shape))
}

// parleyBinary is the server under test, built from this tree.
func parleyBinary(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "parley")
	if output, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "../cmd/parley").CombinedOutput(); err != nil {
		t.Fatalf("go build ./cmd/parley: %v: %s", err, output)
	}
	return binary
}

// parley serves an echo until the test ends, with every suite of the matrix and the given answers.
func parley(t *testing.T, options ...string) *Server {
	t.Helper()
	var suites []string
	for _, suite := range matrixSuites {
		suites = append(suites, suite.ciphers)
	}
	cert, key := certFiles(t)
	words := slices.Concat([]string{"--suites", strings.Join(suites, ",")}, options)
	server, err := Parley(t.Context(), parleyBinary(t), cert, key, words...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Close()
		if t.Failed() {
			t.Logf("parley said: %.20000s", server.Output())
		}
	})
	return server
}
