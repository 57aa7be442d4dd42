package demo

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/proxy"
)

// patience bounds every wait of the demonstration.
const patience = 10 * time.Second

// A stage is a Parley server that echoes, and what it tells of its connections.
type stage struct {
	config   *parley.Config
	listener *parley.Listener

	mu     sync.Mutex
	events map[uint64][]parley.Event
	last   uint64
	ended  map[uint64]chan struct{}
	echoed map[uint64]*streams
}

// streams counts what each stream of a connection received.
type streams struct{ bytes []int64 }

func newStage() (*stage, error) {
	certificates, err := proxy.SelfSigned(time.Now())
	if err != nil {
		return nil, err
	}
	s := &stage{events: map[uint64][]parley.Event{}, ended: map[uint64]chan struct{}{}, echoed: map[uint64]*streams{}}
	s.config = &parley.Config{Certificates: certificates, MaxVersion: tls.VersionTLS12, Events: s.observe}
	s.listener, err = parley.Listen("tcp", "127.0.0.1:0", s.config)
	if err != nil {
		return nil, err
	}
	go s.serve()
	return s, nil
}

func (s *stage) addr() net.Addr { return s.listener.Addr() }

func (s *stage) close() { _ = s.listener.Close() }

func (s *stage) serve() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		go s.echo(conn.(*parley.Conn))
	}
}

// echo gives back what comes, and counts it by connection and stream.
func (s *stage) echo(c *parley.Conn) {
	defer c.Close()
	s.mu.Lock()
	count := s.echoed[c.Number()]
	if count == nil {
		count = &streams{}
		s.echoed[c.Number()] = count
	}
	stream := len(count.bytes)
	count.bytes = append(count.bytes, 0)
	s.mu.Unlock()
	buf := make([]byte, 16<<10)
	for {
		n, err := c.Read(buf)
		s.mu.Lock()
		count.bytes[stream] += int64(n)
		s.mu.Unlock()
		if n > 0 {
			if _, err := c.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// observe keeps what the server tells of a connection.
func (s *stage) observe(e parley.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended[e.Conn] == nil {
		s.ended[e.Conn] = make(chan struct{})
	}
	s.last = e.Conn
	s.events[e.Conn] = append(s.events[e.Conn], e)
	if e.Name == parley.EventClosed {
		select {
		case <-s.ended[e.Conn]:
		default:
			close(s.ended[e.Conn])
		}
	}
}

// An outcome is what the server saw of a scene, and what came of it.
type outcome struct {
	events  []parley.Event
	streams []int64 // the bytes that each stream received
	verdict string
}

// play plays a scene on a connection of its own.
func (s *stage) play(ctx context.Context, scene scene) (*outcome, error) {
	config := s.config.Clone()
	config.Policy = scene.policy
	if err := s.listener.SetConfig(config); err != nil {
		return nil, err
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", s.addr().String())
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	options := scene.options
	options.Version, options.Timeout = scene.version, patience
	client := legacyclient.New(conn, options)
	verdict, err := scene.play(client)
	if err != nil {
		return nil, err
	}
	_ = client.Close()
	return s.outcome(verdict)
}

// outcome waits until the server has told the end of its last connection.
func (s *stage) outcome(verdict string) (*outcome, error) {
	s.mu.Lock()
	id := s.last
	ended := s.ended[id]
	s.mu.Unlock()
	select {
	case <-ended:
	case <-time.After(patience):
		return nil, errors.New("the server did not end the connection")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o := &outcome{events: s.events[id], verdict: verdict}
	if counted := s.echoed[id]; counted != nil {
		o.streams = append(o.streams, counted.bytes...)
	}
	return o, nil
}

// echoes sends a message of n bytes and wants it back unchanged.
func echoes(c *legacyclient.Client, n int) error {
	message := make([]byte, n)
	for i := range message {
		message[i] = byte(i)
	}
	if err := c.Echo(message); err != nil {
		return fmt.Errorf("the echo: %w", err)
	}
	return nil
}
