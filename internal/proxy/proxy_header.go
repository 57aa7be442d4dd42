package proxy

import (
	"crypto/x509"
	"net"

	"github.com/pires/go-proxyproto"
	"github.com/pires/go-proxyproto/tlvparse"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/wire"
)

// proxyHeader tells a backend whose connection it is, in a version of the PROXY
// protocol. Version 2 also says what TLS agreed on.
func proxyHeader(version byte, client *parley.Conn) ([]byte, error) {
	return formatHeader(version, client.RemoteAddr(), client.LocalAddr(), client.State())
}

func formatHeader(version byte, from, to net.Addr, s parley.State) ([]byte, error) {
	header := proxyproto.HeaderProxyFromAddrs(version, from, to)
	if version == 1 && header.TransportProtocol.IsUnix() {
		header = &proxyproto.Header{Version: 1, Command: proxyproto.LOCAL, TransportProtocol: proxyproto.UNSPEC}
	}
	if version == 2 {
		tlvs, err := headerTLVs(s)
		if err != nil {
			return nil, err
		}
		if err := header.SetTLVs(tlvs); err != nil {
			return nil, err
		}
	}
	return header.Format()
}

// headerTLVs are what version 2 has room for: server name, ALPN and TLS.
func headerTLVs(s parley.State) ([]proxyproto.TLV, error) {
	var out []proxyproto.TLV
	if s.ALPN != "" {
		out = append(out, proxyproto.TLV{Type: proxyproto.PP2_TYPE_ALPN, Value: []byte(s.ALPN)})
	}
	if s.ServerName != "" {
		out = append(out, proxyproto.TLV{Type: proxyproto.PP2_TYPE_AUTHORITY, Value: []byte(s.ServerName)})
	}
	ssl, err := sslTLV(s).Marshal()
	return append(out, ssl), err
}

func sslTLV(s parley.State) tlvparse.PP2SSL {
	out := tlvparse.PP2SSL{Client: tlvparse.PP2_BITFIELD_CLIENT_SSL, Verify: 1}
	out.TLV = append(out.TLV, proxyproto.TLV{Type: proxyproto.PP2_SUBTYPE_SSL_VERSION, Value: []byte(headerVersion(s.Version))})
	if len(s.PeerCertificates) > 0 {
		out.Client |= tlvparse.PP2_BITFIELD_CLIENT_CERT_SESS
		if !s.Resumed {
			out.Client |= tlvparse.PP2_BITFIELD_CLIENT_CERT_CONN
		}
		out.TLV = append(out.TLV, commonName(s.PeerCertificates[0])...)
	}
	if len(s.VerifiedChains) > 0 {
		out.Verify = 0
	}
	// The protocol's examples have OpenSSL's names.
	out.TLV = append(out.TLV, proxyproto.TLV{Type: proxyproto.PP2_SUBTYPE_SSL_CIPHER, Value: []byte(wire.SuiteID(s.CipherSuite).OpenSSLName())})
	return out
}

func commonName(c *x509.Certificate) []proxyproto.TLV {
	if c.Subject.CommonName == "" {
		return nil
	}
	return []proxyproto.TLV{{Type: proxyproto.PP2_SUBTYPE_SSL_CN, Value: []byte(c.Subject.CommonName)}}
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
