package parley_test

import (
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
)

// A stage is a server under attack. Its application writes down every byte of
// every stream that Accept gives it, and echoes.
type stage struct {
	*parley.Listener
	app     func(*parley.Conn, *actedStream)
	running sync.WaitGroup

	mu      sync.Mutex // guards what follows
	changed chan struct{}
	streams []*actedStream
	events  []parley.Event
}

// An actedStream is what the application saw of one Conn.
type actedStream struct {
	number uint64 // of the TCP connection

	mu   sync.Mutex // guards what follows
	data strings.Builder
	over error // how it ended; nil: it goes on
}

// text is what the application has read.
func (s *actedStream) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.data.String()
}

func (s *actedStream) contains(text string) bool { return strings.Contains(s.text(), text) }

func (s *actedStream) end() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.over
}

// newStage listens; when the test is over nothing of it may be left.
func newStage(t *testing.T, change ...func(*parley.Config)) *stage {
	t.Helper()
	return newStageOf(t, nil, change...)
}

// newStageOf is newStage with another application; nil: the one that echoes.
func newStageOf(t *testing.T, app func(*stage, *parley.Conn, *actedStream), change ...func(*parley.Config)) *stage {
	t.Helper()
	leaves := leavesNoGoroutine(t)
	s := &stage{changed: make(chan struct{}, 1)}
	s.app = s.act
	if app != nil {
		s.app = func(c *parley.Conn, stream *actedStream) { app(s, c, stream) }
	}
	config := server(change...)
	config.Events = s.observe
	s.Listener = listen(t, config)
	s.running.Go(s.accept)
	t.Cleanup(func() {
		s.Close()
		within(t, "the application's end", s.running.Wait)
		leaves()
	})
	return s
}

func (s *stage) observe(e parley.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, e)
	s.tell()
}

// tell wakes who awaits.
func (s *stage) tell() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

func (s *stage) accept() {
	for {
		c, err := s.Accept()
		if err != nil {
			return
		}
		conn := c.(*parley.Conn)
		stream := &actedStream{number: conn.Number()}
		s.mu.Lock()
		s.streams = append(s.streams, stream)
		s.tell()
		s.mu.Unlock()
		s.running.Go(func() { s.app(conn, stream) })
	}
}

// act is the application: it reads, writes down, echoes, on one goroutine.
func (s *stage) act(c *parley.Conn, stream *actedStream) {
	defer c.Close()
	buf := make([]byte, 4096)
	for {
		n, err := c.Read(buf)
		if err == nil {
			s.note(stream, buf[:n], nil)
			_, err = c.Write(buf[:n])
		}
		if err != nil {
			s.note(stream, nil, err)
			return
		}
	}
}

func (s *stage) note(stream *actedStream, data []byte, end error) {
	stream.mu.Lock()
	stream.data.Write(data)
	stream.over = end
	stream.mu.Unlock()
	s.tell()
}

// await waits until ok, which is called with s.mu held.
func (s *stage) await(t testing.TB, what string, ok func() bool) {
	t.Helper()
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for {
		s.mu.Lock()
		done := ok()
		s.mu.Unlock()
		if done {
			return
		}
		select {
		case <-s.changed:
		case <-timeout.C:
			t.Fatalf("there is no %s after %v", what, patience)
		}
	}
}

// with gives the streams whose data contains text.
func (s *stage) with(text string) []*actedStream {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.streams), func(x *actedStream) bool { return !x.contains(text) })
}

// told gives the events of a TCP connection.
func (s *stage) told(number uint64, name parley.EventName) []parley.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.events), func(e parley.Event) bool { return e.Conn != number || e.Name != name })
}

// answered gives what the connection's last second hello was answered.
func (s *stage) answered(number uint64) (d parley.AnsweredDetail, ok bool) {
	all := s.told(number, parley.EventAnswered)
	if len(all) == 0 {
		return d, false
	}
	return all[len(all)-1].Detail.(parley.AnsweredDetail), true
}

// dial opens a TCP connection to the stage.
func (s *stage) dial(t testing.TB) net.Conn {
	t.Helper()
	c, err := net.DialTimeout("tcp", s.Addr().String(), patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// client connects one of ours and completes its first handshake.
func (s *stage) client(t testing.TB, o legacyclient.Options) *legacyclient.Client {
	t.Helper()
	return established(t, s.dial(t), o)
}

func established(t testing.TB, conn net.Conn, o legacyclient.Options) *legacyclient.Client {
	t.Helper()
	o.Timeout = patience
	c := legacyclient.New(conn, o)
	if err := c.Handshake(); err != nil {
		t.Fatalf("first handshake: %v", err)
	}
	return c
}

// open is client, and text arrived at the application; it gives the stream too.
func (s *stage) open(t testing.TB, o legacyclient.Options, text string) (*legacyclient.Client, *actedStream) {
	t.Helper()
	return s.openOn(t, s.dial(t), o, text)
}

func (s *stage) openOn(t testing.TB, conn net.Conn, o legacyclient.Options, text string) (*legacyclient.Client, *actedStream) {
	t.Helper()
	c := established(t, conn, o)
	if err := c.Echo([]byte(text)); err != nil {
		t.Fatalf("echo: %v", err)
	}
	streams := s.with(text)
	if len(streams) != 1 {
		t.Fatalf("%q is in %d streams", text, len(streams))
	}
	return c, streams[0]
}

// ended waits until the application knows of the stream's end, and gives it.
func (s *stage) ended(t testing.TB, stream *actedStream) error {
	t.Helper()
	s.await(t, "end of the stream", func() bool { return stream.end() != nil })
	return stream.end()
}

// stream waits for the n-th stream that Accept gave, and gives it.
func (s *stage) stream(t testing.TB, n int) (stream *actedStream) {
	t.Helper()
	s.await(t, "stream", func() bool {
		if len(s.streams) > n {
			stream = s.streams[n]
		}
		return stream != nil
	})
	return stream
}

// reads waits until the n-th stream contains text.
func (s *stage) reads(t testing.TB, n int, text string) *actedStream {
	t.Helper()
	stream := s.stream(t, n)
	s.await(t, text, func() bool { return stream.contains(text) })
	return stream
}

// accepted counts the streams.
func (s *stage) accepted() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.streams)
}

// closed waits for the end of the last TCP connection.
func (s *stage) closed(t testing.TB) {
	t.Helper()
	s.await(t, "end of the connection", func() bool {
		return len(s.events) > 0 && s.events[len(s.events)-1].Name == parley.EventClosed
	})
}

// isFinding reports whether err is an Error with that finding.
func isFinding(err error, finding string) bool {
	var e *parley.Error
	return errors.As(err, &e) && e.Finding == finding
}

// cut reports whether err ends a stream in a way that no program takes for its
// proper end.
func cut(err error) bool { return err != nil && err != io.EOF }
