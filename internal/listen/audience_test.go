package listen

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// addressed is a connection that has addresses and nothing else.
type addressed struct {
	net.Conn
	client string
}

func (a addressed) RemoteAddr() net.Addr { return textAddr(a.client) }
func (a addressed) LocalAddr() net.Addr  { return textAddr("192.0.2.1:443") }

type textAddr string

func (a textAddr) Network() string { return "tcp" }
func (a textAddr) String() string  { return string(a) }

// hears has an audience hear a connection open.
func hears(a *audience, conn uint64, client string) {
	a.accept(tapped(addressed{client: client}, nil))
	a.observe(parley.Event{Conn: conn, Name: parley.EventOpened, Detail: parley.OpenedDetail{Client: client}})
}

func TestEventsOfAConnectionAreBoundedToItsBeginningAndItsEnd(t *testing.T) {
	a := newAudience(0)
	hears(a, 7, "192.0.2.9:1234")
	const many = 10_000
	for i := range many {
		a.observe(parley.Event{Conn: 7, Name: parley.EventData, At: time.Duration(i), Detail: parley.DataDetail{FromClient: 1}})
	}
	a.observe(parley.Event{Conn: 7, Name: parley.EventClosed, At: many, Detail: parley.FailureDetail{}})
	if _, ok := a.next().(*opening); !ok {
		t.Fatal("the opening is not told")
	}
	c := a.next().(*call).conversation
	if len(c.Events) != keptEarly+keptLate || c.Omitted != many+2-keptEarly-keptLate {
		t.Errorf("%d events kept, %d omitted", len(c.Events), c.Omitted)
	}
	for i := 1; i < len(c.Events); i++ {
		if c.Events[i].At < c.Events[i-1].At {
			t.Fatalf("event %d is out of order", i)
		}
	}
	if last := c.Events[len(c.Events)-1]; last.Name != trace.Closed || c.Duration != many {
		t.Errorf("it ends with %+v after %v", last, c.Duration)
	}
}

func TestHellosOfAConnectionAreBounded(t *testing.T) {
	a := newAudience(0)
	hears(a, 1, "192.0.2.9:1")
	for i := range 100 {
		big := &wire.ClientHello{
			Version: wire.VersionTLS12, Random: [32]byte{byte(i)}, CipherSuites: []wire.SuiteID{1}, CompressionMethods: []uint8{0},
			HasExtensions: true, Extensions: []wire.Extension{{Type: 21, Data: make([]byte, 60_000)}},
		}
		big.Raw = big.Marshal()
		a.observe(parley.Event{Conn: 1, Name: parley.EventMessage, Detail: parley.MessageDetail{Type: wire.MessageClientHello, Hello: big}})
		a.observe(parley.Event{Conn: 1, Name: parley.EventSecondHello, Detail: parley.SecondHelloDetail{Hello: big}})
	}
	a.end()
	a.next()
	kept := 0
	for _, e := range a.next().(*call).conversation.Events {
		if d, ok := e.Detail.(parley.MessageDetail); ok && d.Hello != nil {
			kept += len(d.Hello.Raw)
		}
	}
	if kept == 0 || kept > keptHellos {
		t.Errorf("hellos of %d bytes are kept", kept)
	}
}

func TestConnectionsAreNumberedAsTheyCome(t *testing.T) {
	a := newAudience(2)
	for i, client := range []string{"192.0.2.9:1", "[2001:db8::9]:2", "192.0.2.9:3"} {
		hears(a, uint64(100+i), client)
	}
	a.end()
	var numbers []int
	for {
		what := a.next()
		if what == nil {
			break
		}
		if o, ok := what.(*opening); ok {
			numbers = append(numbers, o.number)
		}
	}
	if len(numbers) != 2 || numbers[0] != 1 || numbers[1] != 2 {
		t.Errorf("connections %v are told; two were wanted", numbers)
	}
}

func TestWhatNobodyReadsIsBounded(t *testing.T) {
	a := newAudience(0)
	for i := range mostHeard + 5 {
		client := netip.AddrPortFrom(netip.MustParseAddr("192.0.2.9"), uint16(1000+i)).String()
		hears(a, uint64(i), client)
		a.observe(parley.Event{Conn: uint64(i), Name: parley.EventClosed, Detail: parley.FailureDetail{}})
	}
	if len(a.heard) != mostHeard || a.unheard() != mostHeard/2+5 {
		t.Errorf("%d wait, %d are not told", len(a.heard), a.unheard())
	}
}

func TestKeptConnectionsAreBounded(t *testing.T) {
	var k kept
	for range keptConnections + 3 {
		k.add(diagnose.Diagnose(&trace.Conversation{Live: true, Protocol: trace.ProtocolSilent}))
	}
	if len(k.list) != keptConnections || k.beyond != 3 || k.total.Connections != keptConnections+3 {
		t.Errorf("%d kept, %d beyond, %d counted", len(k.list), k.beyond, k.total.Connections)
	}
}
