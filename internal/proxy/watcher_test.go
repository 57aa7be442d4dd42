package proxy

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/parley-tls/parley"
)

// counted is a listener that counts what it accepts.
type counted struct {
	net.Listener
	count chan struct{}
}

func (c counted) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err == nil {
		c.count <- struct{}{}
	}
	return conn, err
}

func TestWatcherSeesWhatPassesAndTheLogToo(t *testing.T) {
	settings, err := Options{Listen: "127.0.0.1:0", Drain: "0"}.Check()
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex // guards what follows
	var keys bytes.Buffer
	seen := map[parley.EventName]bool{}
	accepted := make(chan struct{}, 1)
	log := &logLines{}
	server, err := NewWatched(settings, slog.New(slog.NewTextHandler(log, nil)), Watcher{
		Listener: func(l net.Listener) net.Listener { return counted{l, accepted} },
		Events: func(e parley.Event) {
			mu.Lock()
			defer mu.Unlock()
			seen[e.Name] = true
		},
		KeyLog: &keys,
	})
	if err != nil {
		t.Fatal(err)
	}
	if text := log.String(); text != "" {
		t.Errorf("it says at start: %s", text)
	}
	stop, end := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- server.Serve(stop, stop) }()
	c, err := tls.Dial("tcp", server.Addr().String(), &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	<-accepted
	if _, err := io.WriteString(c, "x"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	c.Close()
	end()
	if err := <-served; err != nil {
		t.Error(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if !seen[parley.EventHandshakeDone] || !seen[parley.EventClosed] || !strings.Contains(keys.String(), "CLIENT_RANDOM ") {
		t.Errorf("events %v, keys %d bytes", seen, keys.Len())
	}
	if text := log.String(); !strings.Contains(text, "msg=connection") {
		t.Errorf("the log has no line for the connection: %s", text)
	}
}
