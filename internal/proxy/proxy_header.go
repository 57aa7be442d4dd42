package proxy

import (
	"crypto/x509"
	"net"
	"strconv"

	"github.com/pires/go-proxyproto"
	"github.com/pires/go-proxyproto/tlvparse"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/upstream"
	"github.com/parley-tls/parley/internal/wire"
)

// proxyHeader tells a backend whose connection it is, by the PROXY protocol.
// Version 2 also says what TLS agreed on.
func (x *session) proxyHeader(h upstream.Header) ([]byte, error) {
	return formatHeader(h, x.client.RemoteAddr(), x.client.LocalAddr(), x.uniqueID(), x.client.State())
}

// uniqueID is what the log calls the stream: its connection, and if it began by an
// isolation, the handshake that it began with.
func (x *session) uniqueID() string {
	id := strconv.FormatUint(x.client.Number(), 10)
	if x.first.Handshake > 0 {
		id += "." + strconv.Itoa(x.first.Handshake)
	}
	return id
}

func formatHeader(h upstream.Header, from, to net.Addr, id string, s parley.State) ([]byte, error) {
	version := h.Version()
	if version != 2 {
		return headerWith(version, from, to, nil)
	}
	tlvs, err := headerTLVs(h, id, s)
	if err != nil {
		return nil, err
	}
	return headerWith(version, from, to, tlvs)
}

// passedHeader is proxyHeader for a connection whose TLS is ended by the backend:
// of it only the name that the client asked for is told.
func passedHeader(version byte, client net.Conn, name string) ([]byte, error) {
	if name == "" {
		return headerWith(version, client.RemoteAddr(), client.LocalAddr(), nil)
	}
	return headerWith(version, client.RemoteAddr(), client.LocalAddr(), []proxyproto.TLV{{Type: proxyproto.PP2_TYPE_AUTHORITY, Value: []byte(name)}})
}

// headerWith has addresses, and in version 2 what else is to be told.
func headerWith(version byte, from, to net.Addr, tlvs []proxyproto.TLV) ([]byte, error) {
	header := proxyproto.HeaderProxyFromAddrs(version, from, to)
	if version == 1 && header.TransportProtocol.IsUnix() {
		header = &proxyproto.Header{Version: 1, Command: proxyproto.LOCAL, TransportProtocol: proxyproto.UNSPEC}
	}
	if version == 2 {
		if err := header.SetTLVs(tlvs); err != nil {
			return nil, err
		}
	}
	return header.Format()
}

// headerTLVs are what version 2 has room for: the stream's name, server name, ALPN
// and TLS.
func headerTLVs(h upstream.Header, id string, s parley.State) ([]proxyproto.TLV, error) {
	out := []proxyproto.TLV{{Type: proxyproto.PP2_TYPE_UNIQUE_ID, Value: []byte(id)}}
	if s.ALPN != "" {
		out = append(out, proxyproto.TLV{Type: proxyproto.PP2_TYPE_ALPN, Value: []byte(s.ALPN)})
	}
	if s.ServerName != "" {
		out = append(out, proxyproto.TLV{Type: proxyproto.PP2_TYPE_AUTHORITY, Value: []byte(s.ServerName)})
	}
	ssl, err := sslTLV(h, s).Marshal()
	return append(out, ssl), err
}

func sslTLV(h upstream.Header, s parley.State) tlvparse.PP2SSL {
	out := tlvparse.PP2SSL{Client: tlvparse.PP2_BITFIELD_CLIENT_SSL, Verify: 1}
	out.TLV = append(out.TLV, proxyproto.TLV{Type: proxyproto.PP2_SUBTYPE_SSL_VERSION, Value: []byte(headerVersion(s.Version))})
	if len(s.PeerCertificates) > 0 {
		out.Client |= tlvparse.PP2_BITFIELD_CLIENT_CERT_SESS
		if !s.Resumed {
			out.Client |= tlvparse.PP2_BITFIELD_CLIENT_CERT_CONN
		}
	}
	if len(s.PeerCertificates) > 0 && len(s.VerifiedChains) > 0 {
		out.Verify = 0
		out.TLV = append(out.TLV, verifiedIdentity(h, s.PeerCertificates[0])...)
	}
	if s.Curve != 0 {
		out.TLV = append(out.TLV, proxyproto.TLV{Type: proxyproto.PP2_SUBTYPE_SSL_GROUP, Value: []byte(wire.Group(s.Curve).String())})
	}
	// The protocol's examples have OpenSSL's names.
	out.TLV = append(out.TLV, proxyproto.TLV{Type: proxyproto.PP2_SUBTYPE_SSL_CIPHER, Value: []byte(wire.SuiteID(s.CipherSuite).OpenSSLName())})
	return out
}

// maxCertificate bounds the certificate in a header: what receivers read of one is
// 16 KiB at most, and often less.
const maxCertificate = 12 << 10

// verifiedIdentity is what is said of a client's certificate that is verified. Of
// others nothing is said that could be taken for an identity.
func verifiedIdentity(h upstream.Header, c *x509.Certificate) (out []proxyproto.TLV) {
	if c.Subject.CommonName != "" {
		out = append(out, proxyproto.TLV{Type: proxyproto.PP2_SUBTYPE_SSL_CN, Value: []byte(c.Subject.CommonName)})
	}
	if h == upstream.HeaderV2Certificate && len(c.Raw) <= maxCertificate {
		out = append(out, proxyproto.TLV{Type: proxyproto.PP2_SUBTYPE_SSL_CLIENT_CERT, Value: c.Raw})
	}
	return out
}

// headerVersion is a version as the PROXY protocol spells it.
func headerVersion(v uint16) string {
	switch wire.Version(v) {
	case wire.VersionTLS10:
		return "TLSv1"
	case wire.VersionTLS11:
		return "TLSv1.1"
	case wire.VersionTLS12:
		return "TLSv1.2"
	case wire.VersionTLS13:
		return "TLSv1.3"
	}
	return wire.Version(v).String()
}
