package bogo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A play is one case as the real runner has them: the shim's flags, what the
// runner does on each connection, and how the shim must end.
type play struct {
	name    string
	flags   []string
	ecdsa   bool // the server's certificate
	clients []client
	status  int
	reason  string // a part of what stands on stderr
	boring  string // one of BoringSSL's names that stands there too
	// process runs the shim as a program of its own, as the runner does.
	process bool
}

// A client is the runner's side of one connection. Its error fails the case.
type client func(conn net.Conn) error

const testShimID = 0x1122334455667788

func (p *play) test(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	files := writeFiles(t)
	args := []string{
		"-port", strconv.Itoa(l.Addr().(*net.TCPAddr).Port), "-shim-id", strconv.FormatUint(testShimID, 10),
		"-server", "-cert-file", files["rsa.pem"], "-key-file", files["rsa.key"],
	}
	if p.ecdsa {
		args = append(args, "-cert-file", files["ecdsa.pem"], "-key-file", files["ecdsa.key"])
	}
	for _, flag := range p.flags {
		if path, ok := files[flag]; ok {
			flag = path
		}
		args = append(args, flag)
	}
	var played error
	var playing sync.WaitGroup
	playing.Go(func() { played = p.play(l) })
	status, stderr := p.runShim(t, args)
	_ = l.Close() // a connection that the shim did not make is awaited no longer
	playing.Wait()

	if status != p.status {
		t.Errorf("the status is %d, want %d; stderr: %s", status, p.status, stderr)
	}
	if played != nil {
		t.Errorf("the client: %v; the shim: %s", played, stderr)
	}
	for _, part := range []string{p.reason, p.boring} {
		if !strings.Contains(stderr, part) {
			t.Errorf("stderr is %q, want %q in it", stderr, part)
		}
	}
	if status == exitWell && stderr != "" {
		t.Errorf("all went well, and stderr is %q", stderr)
	}
}

// play is the runner's side.
func (p *play) play(l net.Listener) error {
	for i, c := range p.clients {
		if err := playOne(l, c); err != nil {
			return fmt.Errorf("connection %d: %w", i+1, err)
		}
	}
	return nil
}

func playOne(l net.Listener, c client) error {
	conn, err := l.Accept()
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(timeLimit))
	id := make([]byte, 8)
	if _, err := io.ReadFull(conn, id); err != nil {
		return err
	}
	if got := binary.LittleEndian.Uint64(id); got != testShimID {
		return fmt.Errorf("the shim's id is %x", got)
	}
	return c(conn)
}

func (p *play) runShim(t *testing.T, args []string) (status int, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	if !p.process {
		status = Main(args, &out, &errs)
		return status, errs.String()
	}
	cmd := exec.Command(builtShim(), args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), errs.String()
}

var shimFolder string

func TestMain(m *testing.M) {
	var err error
	if shimFolder, err = os.MkdirTemp("", "parley-bogo"); err != nil {
		panic(err)
	}
	status := m.Run()
	_ = os.RemoveAll(shimFolder)
	os.Exit(status)
}

// builtShim is the program that the real runner would be given, built once.
var builtShim = sync.OnceValue(func() string {
	path := filepath.Join(shimFolder, "shim.exe")
	if out, err := exec.Command("go", "build", "-o", path, "./shim").CombinedOutput(); err != nil {
		panic(fmt.Sprintf("%v\n%s", err, out))
	}
	return path
})

func runPlays(t *testing.T, plays []play) {
	t.Helper()
	for _, p := range plays {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			p.test(t)
		})
	}
}
