package engine_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/engine"
	"github.com/parley-tls/parley/internal/handshake"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/wire"
)

// maxKept bounds what a connection may hold of a client's bytes: the records of
// a first hello, and an unfinished message.
const maxKept = 2*(64<<10) + wire.MaxCiphertext + wire.RecordHeaderLen + 64<<10 + wire.MessageHeaderLen

// A script answers questions as its bytes say.
type script struct {
	*server
	bytes []byte
}

func (s *script) next() byte {
	if len(s.bytes) == 0 {
		return 0
	}
	b := s.bytes[0]
	s.bytes = s.bytes[1:]
	return b
}

func (s *script) reply(q engine.Question) engine.Reply {
	b := s.next()
	switch q := q.(type) {
	case handshake.ConfigQuestion:
		settings := s.settings
		settings.ClientAuth = handshake.ClientAuth(b % 3)
		if b&4 != 0 {
			settings.Sealer = s.server
		}
		settings.NoSessionIDs = b&8 != 0
		if b&16 != 0 {
			settings.HighestServed = wire.VersionTLS13
		}
		return handshake.ConfigReply{Settings: &settings, HandOver: b == 255, Err: fails(b == 254)}
	case handshake.SessionQuestion:
		if b == 1 {
			return handshake.SessionReply{}
		}
	case handshake.CertificateQuestion:
		if b == 1 {
			return handshake.CertificateReply{Err: fails(true)}
		}
	case handshake.PrivateKeyQuestion:
		if b == 1 {
			return handshake.PrivateKeyReply{Err: fails(true)}
		}
	case handshake.VerifyQuestion:
		return handshake.VerifyReply{Err: fails(b == 1)}
	case engine.AnswerQuestion:
		return engine.AnswerReply{Answer: renego.Answer(b % 9), CanSplit: b&128 == 0, WhyNot: "the script says so"}
	default:
		_ = q
	}
	return s.server.reply(q)
}

var errScript = errors.New("the script says so")

func fails(yes bool) error {
	if yes {
		return errScript
	}
	return nil
}

// FuzzReceive gives an engine any bytes at all, in segments of any size.
func FuzzReceive(f *testing.F) {
	stories := []*conversation{shortStory(f, plainRSA), longStory(f, plainRSA), established(f, tls12)}
	for i, story := range stories {
		var all []byte
		for _, turn := range story.tape {
			all = append(all, turn.in...)
		}
		f.Add(all, uint8(i), uint16(100), []byte{})
		f.Add(story.tape[0].in, uint8(i), uint16(1), []byte{255})
		f.Add(all, uint8(i), uint16(5000), []byte{4, 0, 0, 0, 6})
	}
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"), uint8(0), uint16(3), []byte{})
	f.Add([]byte{22, 3, 1, 0, 4, 1, 0, 0xff, 0}, uint8(0), uint16(2), []byte{})
	f.Fuzz(func(t *testing.T, in []byte, which uint8, size uint16, choices []byte) {
		story := stories[int(which)%len(stories)]
		s := &script{server: story.server, bytes: choices}
		o := story.options()
		o.Observe = nil
		c := engine.New(o)
		var pending []byte
		var ended error
		sent := 0
		for part := range slices.Chunk(in, max(1, int(size))) {
			pending = append(pending, part...)
			for ended == nil {
				n, data, err := c.Receive(0, pending)
				if n < 0 || n > len(pending) || len(data) > n {
					t.Fatalf("done with %d of %d bytes, %d of data", n, len(pending), len(data))
				}
				pending = pending[n:]
				asked := false
				for q := c.Question(); q != nil && err == nil; q = c.Question() {
					asked = true
					err = c.Reply(0, s.reply(q))
				}
				out := c.Output()
				if sent += len(out); sent > 64<<10+len(in)*20 {
					t.Fatalf("%d bytes sent for %d", sent, len(in))
				}
				if kept := c.Kept(); kept > maxKept {
					t.Fatalf("%d bytes kept", kept)
				}
				if err != nil && !errors.Is(err, engine.ErrSplit) {
					ended = err
				}
				if n == 0 && !asked {
					break
				}
			}
		}
		if ended == io.EOF && !c.Complete() && c.Phase() != engine.PhaseClosed {
			t.Fatal("a clean end of a stream that never began")
		}
		if err := c.End(0); err == nil {
			t.Fatal("it has no end")
		}
	})
}

// FuzzConversation has a client with the right keys say anything in any order.
func FuzzConversation(f *testing.F) {
	for _, seed := range [][]byte{
		{1, 5}, {2, 5}, {4, 5, 6}, {3}, {12, 5, 6}, {13}, {8, 2, 5}, {8, 9, 9}, {1, 6, 5, 6, 7}, {15, 6, 16, 5}, {10, 1, 5, 6},
		{0, 22, 4, 1, 0, 0, 0}, {0, 20, 1, 1}, {0, 21, 2, 1, 0}, {0, 23, 1, 65}, {1, 17, 6}, {2, 5, 1, 5, 4, 5, 1, 5}, {3, 5, 3, 5, 6, 12, 5, 6},
	} {
		f.Add(seed, []byte{1, 1, 1})
		f.Add(seed, []byte{6, 0, 0, 0, 6, 0, 0, 0})
		f.Add(seed, []byte{7, 7, 7, 7})
		f.Add(seed, []byte{})
	}
	p := tls12
	s := p.server(f)
	session := establishedWith(f, p, s).peer.session
	f.Fuzz(func(t *testing.T, said, choices []byte) {
		c := converseWith(t, p, s)
		c.peer.session = session
		c.handshake(hello().SCSV().SessionInUse())
		c.manual = true
		c.t = mute{t} // it may have begun one hello and be answered to another
		play := &player{conversation: c, script: &script{server: s, bytes: choices}, rest: said[:min(len(said), 500)]}
		for len(play.rest) > 0 && c.err == nil {
			play.step()
		}
		if kept := c.conn.Kept(); kept > maxKept {
			t.Fatalf("%d bytes kept", kept)
		}
		if got := strings.Join(c.data, ""); !strings.HasPrefix(play.data.String(), got) {
			t.Fatalf("delivered %q, said %q", got, play.data.String())
		}
		if at, ok := c.conn.Wake(); ok && at < 0 {
			t.Fatalf("it wakes at %s", at)
		}
	})
}

// A player has a client say what bytes stand for.
type player struct {
	*conversation
	script *script
	rest   []byte
	data   bytes.Buffer // said as application data
}

func (p *player) next() byte {
	if len(p.rest) == 0 {
		return 0
	}
	b := p.rest[0]
	p.rest = p.rest[1:]
	return b
}

func (p *player) take(n int) []byte {
	n = min(n, len(p.rest))
	out := p.rest[:n]
	p.rest = p.rest[n:]
	return out
}

func (p *player) step() {
	if line := p.line(); line != nil {
		p.Client(line)
	}
	p.answerSo(p.script.reply)
	p.drive()
	p.answerSo(p.script.reply)
}

// line is what the next byte stands for; nil: it was something else than a line.
func (p *player) line() line {
	switch op := p.next(); op % 18 {
	case 0:
		t := wire.ContentType(p.next())
		payload := p.take(int(p.next()))
		if t == wire.TypeApplicationData {
			p.data.Write(payload)
		}
		return sealed(t, payload)
	case 1:
		return hello().SCSV().SessionInUse()
	case 2:
		return hello().Proper()
	case 3:
		return hello()
	case 4:
		return hello().Proper().SessionInUse()
	case 5:
		return p.flightOrNothing()
	case 6:
		p.data.WriteString("some data ")
		return data("some data ")
	case 7:
		return closeNotify()
	case 8:
		_ = p.do(func(conn *engine.Conn) error { return conn.HelloRequest(p.now) })
	case 9:
		p.passes(time.Duration(p.next()) * second / 4)
	case 10:
		_ = p.do(func(conn *engine.Conn) error { conn.CloseWrite(); return nil })
	case 11:
		may := p.conn.MaySend()
		if n := p.says("from the server"); n > 0 != may {
			p.t.Fatalf("sent %d though it may: %v", n, may)
		}
	case 12:
		return inClear(hello().SCSV())
	case 13:
		return injected(hello().SCSV())
	case 14:
		return raw(p.take(int(p.next())))
	case 15:
		return sealed(wire.TypeHandshake, p.said(hello().SCSV().SessionInUse())[:9])
	case 16:
		if h := p.peer.handshake; h != nil && len(h.hello.Raw) > 9 {
			return sealed(wire.TypeHandshake, h.hello.Raw[9:])
		}
	case 17:
		if p.peer.handshake != nil && p.peer.handshake.suite != nil {
			return changeCipherSpec()
		}
	}
	return nil
}

// flightOrNothing is the client's next flight if there is something to answer.
func (p *player) flightOrNothing() line {
	heard := p.heard
	p.heard = nil
	switch {
	case p.peer.handshake == nil || p.peer.handshake.suite == nil:
		return nil
	case slices.Contains(heard, "ServerHelloDone"):
		lines := p.flight()
		return lineFunc(func(c *conversation) (out []byte) {
			for _, l := range lines {
				out = append(out, l.bytes(c)...)
			}
			return out
		})
	case slices.Contains(heard, "Finished"):
		return lineFunc(func(c *conversation) []byte {
			return append(changeCipherSpec().bytes(c), finished().bytes(c)...)
		})
	}
	return nil
}
