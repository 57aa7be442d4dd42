package interop

import (
	"context"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// startTimeout is how long a server may take until it listens, Go's linker included in what it waits behind.
const startTimeout = 20 * time.Second

// A Server is a subprocess that serves TLS on Address until Close.
type Server struct {
	Address string
	cmd     *exec.Cmd
	keep    io.Closer
	out     *transcript
	done    chan struct{}
}

// transcript keeps what a process printed, and tells of each write.
type transcript struct {
	mu   sync.Mutex
	text strings.Builder
	more chan struct{}
}

func newTranscript() *transcript { return &transcript{more: make(chan struct{}, 1)} }

func (t *transcript) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text.Write(b)
	select {
	case t.more <- struct{}{}:
	default:
	}
	return len(b), nil
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

// await returns true as soon as ok accepts the text, false when done or the time is over.
func (t *transcript) await(ok func(string) bool, done <-chan struct{}, patience time.Duration) bool {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for !ok(t.String()) {
		select {
		case <-t.more:
		case <-done:
			return ok(t.String())
		case <-timer.C:
			return false
		}
	}
	return true
}

// start runs a server that prints mark and then its port or address.
func start(cmd *exec.Cmd, mark string) (*Server, error) {
	s := &Server{cmd: cmd, out: newTranscript(), done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = s.out, s.out
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = cmd.Wait() // its error is that it was killed
		close(s.done)
	}()
	listening := s.out.await(func(text string) bool {
		s.Address = addressAfter(text, mark)
		return s.Address != ""
	}, s.done, startTimeout)
	if !listening {
		s.Close()
		return nil, fmt.Errorf("%s did not print %q: %s", cmd.Path, mark, s.Output())
	}
	return s, nil
}

// addressAfter finds the whole word after mark: "40001" or "127.0.0.1:40001".
func addressAfter(text, mark string) string {
	_, after, found := strings.Cut(text, mark)
	end := strings.IndexAny(after, " \n\"")
	if !found || end <= 0 {
		return ""
	}
	word := after[:end]
	if !strings.Contains(word, ":") {
		return "127.0.0.1:" + word
	}
	return word
}

// Output is all that the server has printed.
func (s *Server) Output() string { return s.out.String() }

// Await waits until the server's output contains text.
func (s *Server) Await(text string, patience time.Duration) bool {
	return s.out.await(func(all string) bool { return strings.Contains(all, text) }, s.done, patience)
}

// Close kills the server and waits for its end.
func (s *Server) Close() {
	if s.keep != nil {
		s.keep.Close()
	}
	_ = s.cmd.Process.Kill() // it may have ended by itself
	<-s.done
}

// Parley starts "parley serve" as an echo server on a free port.
func Parley(ctx context.Context, binary, cert, key string, options ...string) (*Server, error) {
	words := append([]string{"serve", "--listen", "127.0.0.1:0", "--cert", cert, "--key", key}, options...)
	return start(exec.CommandContext(ctx, binary, words...), "listening on ")
}

// OpenSSL3 starts an echo server on the system's OpenSSL 3, which takes every
// version from TLS 1.0 to 1.2 and a client's renegotiations.
func (s *Set) OpenSSL3(ctx context.Context, cert, key string) (*Server, error) {
	return startWatched(exec.CommandContext(ctx, python, s.peer("python_server.py"), cert, key))
}

// startWatched runs a server that ends with its standard input: when this
// process ends, however it ends.
func startWatched(cmd *exec.Cmd) (*Server, error) {
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	server, err := start(cmd, "ready port=")
	if err != nil {
		return nil, err
	}
	server.keep = input
	return server, nil
}

// SServer starts Debian's openssl s_server, which echoes each line reversed and
// serves one connection at a time. A line that comes right behind a handshake it
// leaves in its buffer, so nothing is echoed here after a renegotiation.
func (s *Set) SServer(ctx context.Context, cert, key string, options ...string) (*Server, error) {
	words := append([]string{
		"s_server", "-accept", "127.0.0.1:0", "-cert", cert, "-key", key, "-rev",
		"-min_protocol", "TLSv1", "-max_protocol", "TLSv1.2", "-cipher", "ALL:@SECLEVEL=0", "-client_renegotiation", "-legacy_renegotiation",
	}, options...)
	server, err := start(exec.CommandContext(ctx, "openssl", words...), "ACCEPT ")
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(server.Address)
	if err != nil {
		server.Close()
		return nil, err
	}
	server.Address = "127.0.0.1:" + port
	return server, nil
}
