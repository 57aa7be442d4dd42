package interop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"time"
)

// helloName is the server name in hellos that are captured.
const helloName = "host.example"

// A Greeter is a real client whose first hello is known by heart: profiles has it.
type Greeter struct {
	Name string // the profile's
	Is   string // which client it is
	Seen string // how it was captured
	run  func(ctx context.Context, s *Set, port string) *exec.Cmd
}

// Greeters lists those that this machine has.
func Greeters() []Greeter {
	list := []Greeter{{
		Name: "openssl-3.0", Is: "OpenSSL 3.0 up to TLS 1.2, as s_client sends it",
		Seen: "openssl s_client -tls1_2, Debian 12's OpenSSL 3.0.19",
		run: command(func(port string) []string {
			return []string{"openssl", "s_client", "-tls1_2", "-servername", helloName, "-connect", "127.0.0.1:" + port}
		}),
	}, {
		Name: "curl-7.88", Is: "curl 7.88 on OpenSSL 3.0, up to TLS 1.2: it asks for h2",
		Seen: "curl --tls-max 1.2, Debian 12's curl 7.88.1",
		run: command(func(port string) []string {
			return []string{"curl", "--silent", "--insecure", "--tls-max", "1.2", "--resolve", helloName + ":" + port + ":127.0.0.1", "https://" + helloName + ":" + port + "/"}
		}),
	}, {
		Name: "gnutls-3.7", Is: "GnuTLS 3.7 up to TLS 1.2, as gnutls-cli sends it",
		Seen: "gnutls-cli --priority NORMAL:-VERS-TLS1.3, Debian 12's GnuTLS 3.7.9",
		run: command(func(port string) []string {
			return []string{"gnutls-cli", "--insecure", "--priority", "NORMAL:-VERS-TLS1.3", "--sni-hostname", helloName, "-p", port, "127.0.0.1"}
		}),
	}, {
		Name: "java-17", Is: "Java 17 up to TLS 1.2",
		Seen: "SSLSocket with jdk.tls.client.protocols=TLSv1.2, Debian 12's OpenJDK 17",
		run: func(ctx context.Context, s *Set, port string) *exec.Cmd {
			return exec.CommandContext(ctx, "java", "-Djdk.tls.client.protocols=TLSv1.2", "-cp", s.java, "JavaPeer", "port="+port, "sni="+helloName, "defaults=1")
		},
	}, {
		Name: "mbedtls-2.28", Is: "Mbed TLS 2.28, as a program gets it that sets nothing",
		Seen: "interop/peers/mbedtls_hello.c, Debian 12's Mbed TLS 2.28.3",
		run: func(ctx context.Context, s *Set, port string) *exec.Cmd {
			return exec.CommandContext(ctx, s.mbed, port, helloName)
		},
	}, {
		Name: "openssl-1.0.0f", Is: "OpenSSL 1.0.0f: TLS 1.0 at most",
		Seen: "the OpenSSL inside Node.js 0.8.6, tls.connect with ciphers: 'DEFAULT'",
		run: func(ctx context.Context, s *Set, port string) *exec.Cmd {
			return exec.CommandContext(ctx, s.openssl(OpenSSL100f), "-e", nodeConnects(port, ""))
		},
	}, {
		Name: "openssl-1.1.1n", Is: "OpenSSL 1.1.1n up to TLS 1.2, as Node.js sends it",
		Seen: "the OpenSSL inside Node.js 12.22, tls.connect with ciphers: 'DEFAULT' and maxVersion: 'TLSv1.2'",
		run: func(ctx context.Context, s *Set, port string) *exec.Cmd {
			return exec.CommandContext(ctx, s.openssl(OpenSSL111n), "-e", nodeConnects(port, ", maxVersion: 'TLSv1.2'"))
		},
	}, {
		Name: "openssl-1.0.1j-ssl2", Is: "OpenSSL 1.0.1j with SSL 2.0 allowed: the same offer in the format of SSL 2.0",
		Seen: "the OpenSSL inside Node.js 0.10.33, in the rig with sslv2hello=1 and ciphers=ALL:!aNULL",
		run:  rigGreets(OpenSSL101j, "sslv2hello=1", "ciphers=ALL:!aNULL"),
	}}
	for _, version := range Versions() {
		list = append(list, Greeter{
			Name: "openssl-" + string(version), Is: "OpenSSL " + string(version) + ", as an application gets it that sets nothing",
			Seen: "the OpenSSL inside Node.js, in the rig with SSLv23_client_method and no SSL 2.0",
			run:  rigGreets(version, "sni="+helloName),
		})
	}
	return list
}

func command(words func(port string) []string) func(context.Context, *Set, string) *exec.Cmd {
	return func(ctx context.Context, _ *Set, port string) *exec.Cmd {
		list := words(port)
		return exec.CommandContext(ctx, list[0], list[1:]...)
	}
}

func nodeConnects(port, more string) string {
	return fmt.Sprintf("require('tls').connect({port: %s, host: '127.0.0.1', servername: '%s', rejectUnauthorized: false, ciphers: 'DEFAULT'%s}).on('error', function () {})", port, helloName, more)
}

func rigGreets(version OpenSSL, options ...string) func(context.Context, *Set, string) *exec.Cmd {
	return func(ctx context.Context, s *Set, port string) *exec.Cmd {
		words := append([]string{"client", "port=" + port, "mode=none", "version=any"}, options...)
		cmd := exec.CommandContext(ctx, s.openssl(version), words...)
		cmd.Env = append(cmd.Environ(), "LD_PRELOAD="+s.rig)
		return cmd
	}
}

// Greets gives the first record that a real client sends to a server that hangs up
// upon it.
func (s *Set) Greets(ctx context.Context, g Greeter) ([]byte, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer l.Close()
	port, err := portOf(l.Addr().String())
	if err != nil {
		return nil, err
	}
	deadline := time.Now().Add(patience)
	if err := l.(*net.TCPListener).SetDeadline(deadline); err != nil {
		return nil, err
	}
	var output strings.Builder
	cmd := g.run(ctx, s, port)
	cmd.WaitDelay, cmd.Stdout, cmd.Stderr = time.Second, &output, &output
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	record, err := firstRecord(l, deadline)
	_ = cmd.Process.Kill() // it ends by itself, too: the server has hung up
	_ = cmd.Wait()
	if err != nil {
		return nil, errors.Join(err, errors.New(output.String()))
	}
	return record, nil
}

func firstRecord(l net.Listener, deadline time.Time) ([]byte, error) {
	c, err := l.Accept()
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if err := c.SetDeadline(deadline); err != nil {
		return nil, err
	}
	head := make([]byte, 5)
	if _, err := io.ReadFull(c, head); err != nil {
		return nil, err
	}
	rest := int(head[3])<<8 | int(head[4])
	if head[0]&0x80 != 0 { // SSL 2.0: two bytes of length, then the message
		rest = (int(head[0]&0x7f)<<8 | int(head[1])) - 3
	}
	record := append(head, make([]byte, rest)...)
	_, err = io.ReadFull(c, record[len(head):])
	return record, err
}
