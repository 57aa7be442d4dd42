package interop

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// patience is how long a client of this file waits for the other side's next word.
const patience = 20 * time.Second

// run gives a client's output, and an error with that output if it does not end well.
func run(cmd *exec.Cmd) (string, error) {
	cmd.WaitDelay = time.Second
	output, err := cmd.CombinedOutput()
	if err != nil {
		return string(output), fmt.Errorf("%s: %w: %s", cmd.Path, err, output)
	}
	return string(output), nil
}

func portOf(address string) (string, error) {
	_, port, err := net.SplitHostPort(address)
	return port, err
}

// Java runs JavaPeer: Java's own TLS, which weaves data into its renegotiations if told "weave=1".
func (s *Set) Java(ctx context.Context, address string, options ...string) (string, error) {
	port, err := portOf(address)
	if err != nil {
		return "", err
	}
	words := append([]string{"-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", s.java, "JavaPeer", "port=" + port}, options...)
	return run(exec.CommandContext(ctx, "java", words...))
}

// Python runs python_peer.py on the system's OpenSSL.
func (s *Set) Python(ctx context.Context, address string, options ...string) (string, error) {
	port, err := portOf(address)
	if err != nil {
		return "", err
	}
	words := append([]string{s.peer("python_peer.py"), "port=" + port}, options...)
	return run(exec.CommandContext(ctx, python, words...))
}

// Deno runs deno_peer.js: rustls, which does not check the answer to its SCSV.
func (s *Set) Deno(ctx context.Context, address string, options ...string) (string, error) {
	port, err := portOf(address)
	if err != nil {
		return "", err
	}
	words := append([]string{
		"run", "--quiet", "--no-config", "--no-lock", "--no-remote", "--unsafely-ignore-certificate-errors",
		"--allow-net=127.0.0.1", s.peer("deno_peer.js"), "port=" + port,
	}, options...)
	cmd := exec.CommandContext(ctx, s.deno(), words...)
	cmd.Env = append(cmd.Environ(), "NO_COLOR=1", "DENO_NO_UPDATE_CHECK=1")
	return run(cmd)
}

// Curl has curl send n bytes to an echo server and checks what comes back.
//
// To curl the echo of its own request must be a response, so the request's
// method is the beginning of a status line.
func (s *Set) Curl(ctx context.Context, address string, n int, options ...string) error {
	body := strings.Repeat("curl\n", n/5+1)[:n]
	words := append([]string{
		"--silent", "--show-error", "--insecure", "--max-time", strconv.Itoa(int(patience.Seconds())),
		"--request", "HTTP/1.1 200", "--header", "Expect:", "--data-binary", "@-", "--http1.1",
	}, options...)
	cmd := exec.CommandContext(ctx, "curl", append(words, "https://"+address+"/")...)
	cmd.Stdin = strings.NewReader(body)
	output, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return fmt.Errorf("curl: %w: %s", err, exit.Stderr)
		}
		return fmt.Errorf("curl: %w", err)
	}
	if string(output) != body {
		return fmt.Errorf("curl: %d bytes came back, changed or short, of %d", len(output), n)
	}
	return nil
}

// dialogue is a line client under way: its terminal.
type dialogue struct {
	cmd  *exec.Cmd
	in   interface{ Write([]byte) (int, error) }
	out  *transcript
	done chan struct{}
}

// converse runs a client that sends what is typed and prints what comes, while talk types.
func converse(cmd *exec.Cmd, talk func(*dialogue) error) (string, error) {
	d := &dialogue{cmd: cmd, out: newTranscript(), done: make(chan struct{})}
	in, err := cmd.StdinPipe()
	if err != nil {
		return "", err
	}
	d.in, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = in, d.out, d.out, time.Second
	if err := cmd.Start(); err != nil {
		return "", err
	}
	go func() {
		_ = cmd.Wait() // it is judged by what it printed
		close(d.done)
	}()
	err = talk(d)
	in.Close()
	_ = cmd.Process.Kill()
	<-d.done
	if err != nil {
		return d.out.String(), fmt.Errorf("%s: %w: %s", cmd.Path, err, d.out)
	}
	return d.out.String(), nil
}

// await waits until text was printed at least n times.
func (d *dialogue) await(text string, n int) error {
	ok := d.out.await(func(all string) bool { return strings.Count(all, text) >= n }, d.done, patience)
	if !ok {
		return fmt.Errorf("no %q", text)
	}
	return nil
}

// echo types a line, which should read the same backwards, and awaits it as a line of its own.
func (d *dialogue) echo(line string) error {
	if _, err := d.in.Write([]byte(line + "\n")); err != nil {
		return err
	}
	return d.await("\n"+line+"\n", 1)
}

// SClient runs openssl s_client: a line, then as many times R (renegotiate) and another line.
func (s *Set) SClient(ctx context.Context, address string, renegotiations int, options ...string) (string, error) {
	words := append([]string{"s_client", "-connect", address, "-brief", "-cipher", "ALL:@SECLEVEL=0"}, options...)
	return converse(exec.CommandContext(ctx, "openssl", words...), func(d *dialogue) error {
		if err := d.echo("level"); err != nil {
			return err
		}
		for i := range renegotiations {
			if _, err := d.in.Write([]byte("R\n")); err != nil {
				return err
			}
			// s_client reports the certificate's depth in each handshake. A line typed
			// before the handshake is over is lost in s_client itself.
			if err := d.await("depth=0", i+2); err != nil {
				return err
			}
			time.Sleep(300 * time.Millisecond)
			if err := d.echo("noon" + strings.Repeat("n", i) + "oon"); err != nil {
				return err
			}
		}
		return nil
	})
}

// GnuTLS runs gnutls-cli --rehandshake: connect, handshake again, then a line.
func (s *Set) GnuTLS(ctx context.Context, address, priority string) (string, error) {
	port, err := portOf(address)
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "gnutls-cli", "--insecure", "--rehandshake", "--priority", priority, "-p", port, "127.0.0.1")
	return converse(cmd, func(d *dialogue) error {
		if err := d.await("ReHandshake was completed", 1); err != nil {
			return err
		}
		return d.echo("level")
	})
}
