package bogo

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"reflect"
	"strconv"
	"time"

	"github.com/parley-tls/parley"
)

// run makes the connections, one after another. They share session store and
// ticket keys.
func run(ctx context.Context, f *flags) error {
	var told listener
	config := &parley.Config{Events: told.hear}
	if err := configure(config, &f.initial); err != nil {
		return err
	}
	again := config
	if !reflect.DeepEqual(f.initial, f.resume) {
		again = config.Clone()
		if err := configure(again, &f.resume); err != nil {
			return err
		}
	}
	if err := oneConnection(ctx, f, &talk{config: config, flags: &f.initial, told: &told}); err != nil {
		return err
	}
	for i := range f.resumeCount {
		if err := oneConnection(ctx, f, &talk{config: again, flags: &f.resume, told: &told, resumes: true}); err != nil {
			return fmt.Errorf("connection %d: %w", i+2, err)
		}
	}
	return nil
}

// oneConnection dials the runner, for the shim is always TCP's client, and serves
// TLS on the connection.
func oneConnection(ctx context.Context, f *flags, t *talk) error {
	conn, err := dial(ctx, f)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	t.conn = parley.Server(conn, t.config)
	defer func() { _ = t.conn.Close() }()
	err = t.run(ctx)
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", context.Cause(ctx), err)
	}
	_ = t.conn.CloseWrite() // a runner that does not wait for it is no failure
	hangUp(conn)
	return errors.Join(err, t.told.refusal())
}

func dial(ctx context.Context, f *flags) (*net.TCPConn, error) {
	host := "127.0.0.1"
	if f.ipv6 {
		host = "::1"
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(f.port)))
	if err != nil {
		return nil, err
	}
	if f.hasShimID {
		if _, err := conn.Write(binary.LittleEndian.AppendUint64(nil, f.shimID)); err != nil {
			_ = conn.Close()
			return nil, err
		}
	}
	return conn.(*net.TCPConn), nil
}

// hangUp ends the sending half and reads what still comes. A TCP connection that is
// closed with something unread loses what it sent last, which may be an alert.
// Errors are no news: the peer may be gone.
func hangUp(conn *net.TCPConn) {
	_ = conn.SetReadDeadline(time.Time{})
	_ = conn.CloseWrite()
	_, _ = io.Copy(io.Discard, conn)
}
