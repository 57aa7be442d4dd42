package interop

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// rigCommand is the rig on a given OpenSSL. It ends with ctx.
func (s *Set) rigCommand(ctx context.Context, version OpenSSL, words ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.openssl(version), words...)
	cmd.Env = append(os.Environ(), "LD_PRELOAD="+s.rig)
	cmd.WaitDelay = time.Second // a killed batch may leave children that hold its pipes for a moment
	return cmd
}

// Legacy runs one case against the server at address.
func (s *Set) Legacy(ctx context.Context, version OpenSSL, address string, c Case) (*Result, error) {
	results, err := s.Batch(ctx, version, address, 1, []Case{c})
	if err != nil {
		return nil, err
	}
	return results[0], nil
}

// Batch runs the cases in one rig process, jobs at a time, and returns their
// results in the order of the cases. A case that fails is no error; a rig that
// does not answer for every case is.
func (s *Set) Batch(ctx context.Context, version OpenSSL, address string, jobs int, cases []Case) ([]*Result, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	var input, stderr strings.Builder
	index := map[string]int{}
	for i, c := range cases {
		if c.Name == "" {
			c.Name = fmt.Sprintf("case-%d", i)
		}
		index[c.Name] = i
		input.WriteString(c.line())
	}
	cmd := s.rigCommand(ctx, version, "batch", "host="+host, "port="+port, "jobs="+strconv.Itoa(jobs))
	cmd.Stdin = strings.NewReader(input.String())
	cmd.Stderr = &stderr
	output, runErr := cmd.Output()
	results := make([]*Result, len(cases))
	if err := parseOutput(bytes.NewReader(output), func(r *Result) { results[index[r.Name]] = r }); err != nil {
		return nil, err
	}
	for i, result := range results {
		if result == nil {
			return nil, fmt.Errorf("the rig on OpenSSL %s did not answer for case %d, %s: %w %s", version, i, cases[i].Title(), runErr, stderr.String())
		}
	}
	return results, nil
}

// RigServer starts an echo server on the given OpenSSL. Options are the rig's words, such as "resume=off".
func (s *Set) RigServer(ctx context.Context, version OpenSSL, cert, key string, options ...string) (*Server, error) {
	words := append([]string{"server", "port=0", "watch=1", "cert=" + cert, "key=" + key}, options...)
	return startWatched(s.rigCommand(ctx, version, words...))
}

// Results gives, of a rig's server, what became of each connection that has ended.
func (s *Server) Results() ([]*Result, error) {
	var results []*Result
	err := parseOutput(strings.NewReader(s.Output()), func(r *Result) { results = append(results, r) })
	return results, err
}
