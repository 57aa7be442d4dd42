package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/inspect"
	"github.com/parley-tls/parley/internal/replay"
	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/tape"
)

// A replayCall is what parley replay was asked for.
type replayCall struct {
	keys, keyLogs     []string
	connection        int
	speed, serverName string
	noData, data      bool
	timeout           time.Duration
	certificate, key  string
	write             string
	json              bool
}

func newReplay() *cobra.Command {
	var call replayCall
	c := &cobra.Command{
		Use:   "replay CAPTURE HOST:PORT",
		Short: "Become the client of a capture, and say whether a server fails it likewise",
		Long: `Replay takes one connection of a capture (pcap or pcapng, also gzip; - is standard
input) and becomes its client: its first hello to the byte, its records and packets as
they were cut, its pauses, data of the same sizes, and what it did wrong at the same
point; random, key exchange and sessions are its own. So the owner of a server can
reproduce a failure without the client.

It first says what it will play, then what came of it, beside what is in the capture,
and whether the server failed it as the captured one did. Captures from parley sanitize
do as well. Without a key it plays what can be read and what can be concluded, and
says so.

It verifies no certificate and misbehaves on purpose: use it on servers of your own.

Exit status: 0 served to the end, 1 failed, as in the capture or otherwise, 2 wrong use,
3 the capture cannot be read or has nothing to replay, there was no connection, or the
server chose what replay cannot do (TLS 1.3, finite-field Diffie-Hellman).`,
		Example: `  parley replay capture.pcap 127.0.0.1:8443
  parley replay capture.pcap 127.0.0.1:8443 --key server.key --speed fast
  parley replay capture.pcap test.example:443 --connection 7 --server-name test.example --write seen.pcapng`,
		Args: captureAndAddress,
		RunE: func(c *cobra.Command, args []string) error { return call.run(c, args[0], args[1]) },
	}
	f := c.Flags()
	f.SortFlags = false
	f.IntVar(&call.connection, "connection", 0, "`NUMBER` of the connection (default the first that failed, else the first of TLS)")
	f.StringArrayVar(&call.keys, "key", nil, "RSA private key of the captured server, in PEM, `FILE`; may be repeated")
	f.StringArrayVar(&call.keyLogs, "keylog", nil, "key log (SSLKEYLOGFILE) of the capture, `FILE`; may be repeated")
	f.StringVar(&call.speed, "speed", "real", "`SPEED` of the client's pauses: real, fast (none), or a factor, such as 10")
	f.StringVar(&call.serverName, "server-name", "", "`NAME` to ask for in place of the captured hello's")
	f.BoolVar(&call.noData, "no-data", false, "leave out application data, and wait for none")
	f.BoolVar(&call.data, "data", false, "send the captured application data where it can be read, in place of filler: it may hold secrets")
	f.StringVar(&call.certificate, "client-cert", "", "PEM `FILE` of a client certificate and its chain")
	f.StringVar(&call.key, "client-key", "", "PEM `FILE` of its private key")
	f.DurationVar(&call.timeout, "timeout", replay.DefaultTimeout, "`DURATION` to wait for an answer, longer than it took in the capture")
	f.StringVar(&call.write, "write", "", "record what passes, and its keys, in a new pcapng `FILE`")
	f.BoolVar(&call.json, "json", false, "write plan and result in JSON")
	completeFlags(c)
	return c
}

func captureAndAddress(c *cobra.Command, args []string) error {
	if len(args) != 2 {
		return usageError{fmt.Errorf("%s takes a capture and HOST:PORT, but was given %d; see %s --help", c.CommandPath(), len(args), c.CommandPath())}
	}
	host, port, err := net.SplitHostPort(args[1])
	if err != nil || host == "" || port == "" {
		return usageError{fmt.Errorf("%q is not HOST:PORT, such as 127.0.0.1:8443; see %s --help", args[1], c.CommandPath())}
	}
	return nil
}

func (call *replayCall) run(c *cobra.Command, name, address string) error {
	if err := exclusive(c, []string{"data", "no-data"}); err != nil {
		return err
	}
	o, err := call.options(address)
	if err != nil {
		return usageError{err}
	}
	told, err := call.load(name, address, o.Speed)
	if err != nil {
		return err
	}
	if call.write != "" {
		if o.Tape, err = tape.Create(call.write, capture.WriterOptions{Application: told.Tool}); err != nil {
			return usageError{fmt.Errorf("--write: %w", err)}
		}
	}
	ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return errors.Join(call.play(ctx, told, o), o.Tape.Close())
}

func (call *replayCall) options(address string) (replay.Options, error) {
	o := replay.Options{Address: address, Timeout: call.timeout}
	switch call.speed {
	case "real":
		o.Speed = 1
	case "fast":
	default:
		factor, err := strconv.ParseFloat(call.speed, 64)
		if err != nil || !(factor > 0 && factor <= 1e6) {
			return o, fmt.Errorf("--speed %q: it is real, fast or a factor above 0, such as 10", call.speed)
		}
		o.Speed = factor
	}
	if call.timeout <= 0 || call.timeout > time.Hour {
		return o, fmt.Errorf("--timeout %v: it is above 0 and an hour at most", call.timeout)
	}
	if (call.certificate == "") != (call.key == "") {
		return o, errors.New("--client-cert and --client-key go together")
	}
	if call.certificate != "" {
		pair, err := tls.LoadX509KeyPair(call.certificate, call.key)
		if err != nil {
			return o, fmt.Errorf("--client-cert, --client-key: %w", err)
		}
		o.Certificate = &pair
	}
	return o, nil
}

// load reads the capture and makes the plan.
func (call *replayCall) load(name, address string, speed float64) (*replay.Told, error) {
	keys, err := inspect.LoadKeys(call.keys, call.keyLogs)
	if err != nil {
		return nil, usageError{err}
	}
	in, closer, err := inspect.Open(name, os.Stdin)
	if err != nil {
		return nil, partial{err}
	}
	defer closer.Close()
	captured, err := replay.Load(in.Name, in.From, replay.LoadOptions{Keys: keys, Connection: call.connection, Data: call.data})
	if err != nil {
		return nil, partial{err}
	}
	plan, err := replay.Make(captured)
	if err != nil {
		return nil, partial{fmt.Errorf("%s: %w", name, err)}
	}
	plan.Adapt(replay.Given{
		Certificate: call.certificate != "", ServerName: call.serverName,
		Data: call.data, NoData: call.noData, Speed: speed,
	})
	style := report.TerminalOptions{Style: terminalStyle(os.Stdout), All: true}
	return &replay.Told{Captured: captured, Plan: plan, Address: address, Tool: "Parley " + whichVersion(), Style: style}, nil
}

func (call *replayCall) play(ctx context.Context, told *replay.Told, o replay.Options) error {
	if !call.json {
		if err := told.Intent(os.Stdout); err != nil {
			return err
		}
		o.Says = func(r replay.Remark) { _ = told.Remark(os.Stdout, r) } // Result fails likewise, and tells
	}
	result, err := replay.Play(ctx, told.Plan, o)
	if err != nil {
		return partial{err}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	write := told.Result
	if call.json {
		write = told.JSON
	}
	if err := write(os.Stdout, result); err != nil {
		return err
	}
	switch result.Verdict.Status {
	case replay.Served:
		return nil
	case replay.Unplayable:
		return partial{errors.New("")} // the verdict has said it
	}
	return foundFailure{}
}
