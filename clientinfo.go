package parley

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"slices"
	"time"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// A ClientInfo is a ClientHello and where it came from. Raw is not to be changed.
type ClientInfo struct {
	LocalAddr, RemoteAddr net.Addr
	ServerName            string
	Versions, Suites      []uint16
	ALPN                  []string
	JA3, JA4              string // fingerprints; of JA3 the MD5
	SSL2Format            bool   // never true of a client that is served: the format is refused
	Raw                   []byte // the handshake message

	ctx   context.Context
	hello *wire.ClientHello
	// RSA and ECDSA: a certificate with such a key could be used.
	rsa, ecdsa bool
}

// endedContext is for a ClientInfo whose question was answered.
var endedContext = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

func newClientInfo(ctx context.Context, conn net.Conn, hello *wire.ClientHello) *ClientInfo {
	_, ja3 := hello.JA3()
	// A field that cannot be read is left empty here; the handshake judges it.
	name, _ := hello.ServerName()
	alpn, _ := hello.ALPN()
	return &ClientInfo{
		LocalAddr:  conn.LocalAddr(),
		RemoteAddr: conn.RemoteAddr(),
		ServerName: name,
		Versions:   versionsOffered(hello),
		Suites:     convert[uint16](hello.CipherSuites),
		ALPN:       alpn,
		JA3:        ja3,
		JA4:        hello.JA4(),
		SSL2Format: hello.SSL2Format,
		Raw:        hello.Raw,
		ctx:        ctx,
		hello:      hello,
		rsa:        true,
		ecdsa:      true,
	}
}

// versionsOffered lists what a hello offers, highest first.
func versionsOffered(hello *wire.ClientHello) []uint16 {
	var out []uint16
	for v := wire.VersionTLS13; v >= wire.VersionSSL30; v-- {
		if hello.OffersVersion(v) {
			out = append(out, uint16(v))
		}
	}
	return out
}

// CanUseRSA and CanUseECDSA say for which keys the client shares a cipher suite
// with us, where that is known: in GetCertificate.
func (i *ClientInfo) CanUseRSA() bool { return i.rsa }

// CanUseECDSA is as CanUseRSA.
func (i *ClientInfo) CanUseECDSA() bool { return i.ecdsa }

// TLS makes of it what GetCertificate functions written for crypto/tls take. Its
// Context ends when the question it was made for is answered.
func (i *ClientInfo) TLS() *tls.ClientHelloInfo {
	// Only crypto/tls can set the Context, on which certmagic relies: so it is let
	// parse the hello, and held there until the context ends.
	parsed := make(chan *tls.ClientHelloInfo, 1)
	conn := &helloConn{local: i.LocalAddr, remote: i.RemoteAddr}
	conn.hello.Reset(asRecords(i.Raw))
	server := tls.Server(conn, &tls.Config{GetConfigForClient: func(info *tls.ClientHelloInfo) (*tls.Config, error) {
		parsed <- info
		<-info.Context().Done()
		return nil, info.Context().Err()
	}})
	go func() {
		defer close(parsed)
		_ = server.HandshakeContext(i.ctx)
	}()
	if info, ok := <-parsed; ok {
		return i.restrict(info)
	}
	return i.restrict(i.byHand(conn))
}

// byHand is for hellos that crypto/tls does not parse; it has no Context.
func (i *ClientInfo) byHand(conn net.Conn) *tls.ClientHelloInfo {
	groups, _ := i.hello.Groups()
	points, _ := i.hello.PointFormats()
	schemes, _ := i.hello.SignatureSchemes()
	return &tls.ClientHelloInfo{
		CipherSuites:      i.Suites,
		ServerName:        i.ServerName,
		SupportedCurves:   convert[tls.CurveID](groups),
		SupportedPoints:   points,
		SignatureSchemes:  convert[tls.SignatureScheme](schemes),
		SupportedProtos:   i.ALPN,
		SupportedVersions: i.Versions,
		Conn:              conn,
	}
}

// restrict keeps those that choose by cipher suite from choosing a key that no
// shared suite uses.
func (i *ClientInfo) restrict(info *tls.ClientHelloInfo) *tls.ClientHelloInfo {
	if !i.ecdsa {
		info.CipherSuites = withoutECDSA(info.CipherSuites)
	}
	return info
}

// asRecords puts a handshake message into records.
func asRecords(message []byte) []byte {
	var out []byte
	for len(message) > 0 {
		n := min(len(message), wire.MaxPlaintext)
		out = wire.RecordHeader{Type: wire.TypeHandshake, Version: wire.VersionTLS10, Length: n}.Append(out)
		out = append(out, message[:n]...)
		message = message[n:]
	}
	return out
}

// A helloConn gives one hello to whoever reads, and says where it came from.
type helloConn struct {
	hello         bytes.Reader
	local, remote net.Addr
}

func (c *helloConn) Read(b []byte) (int, error)       { return c.hello.Read(b) }
func (c *helloConn) Write([]byte) (int, error)        { return 0, io.ErrClosedPipe }
func (c *helloConn) Close() error                     { return nil }
func (c *helloConn) LocalAddr() net.Addr              { return c.local }
func (c *helloConn) RemoteAddr() net.Addr             { return c.remote }
func (c *helloConn) SetDeadline(time.Time) error      { return nil }
func (c *helloConn) SetReadDeadline(time.Time) error  { return nil }
func (c *helloConn) SetWriteDeadline(time.Time) error { return nil }

func convert[B, A ~uint16](list []A) []B {
	if list == nil {
		return nil
	}
	out := make([]B, len(list))
	for i, v := range list {
		out[i] = B(v)
	}
	return out
}

// withoutECDSA leaves out the suites that need an ECDSA key.
func withoutECDSA(suites []uint16) []uint16 {
	return slices.DeleteFunc(slices.Clone(suites), func(id uint16) bool {
		s := suite.ByID(wire.SuiteID(id))
		return s != nil && s.Authentication == suite.AuthECDSA
	})
}
