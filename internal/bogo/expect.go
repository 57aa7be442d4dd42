package bogo

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/parley-tls/parley"
)

// check compares the connection with what the flags expect of it.
func (t *talk) check() error {
	s := t.conn.State()
	return errors.Join(t.checkNegotiated(s), t.checkNames(s), t.checkPeer(s))
}

func (t *talk) checkNegotiated(s parley.State) error {
	c := t.flags
	switch resumed := t.resumes && !c.expectSessionMiss; {
	case s.Resumed != resumed:
		return fmt.Errorf("resumed: %v, expected: %v", s.Resumed, resumed)
	case c.expectVersion != 0 && s.Version != c.expectVersion:
		return fmt.Errorf("the version is %#04x, expected: %#04x", s.Version, c.expectVersion)
	case c.expectCurve != 0 && s.Curve != tls.CurveID(c.expectCurve):
		return fmt.Errorf("the curve is %v, expected: %v", s.Curve, tls.CurveID(c.expectCurve))
	case c.expectEMS && !s.ExtendedMasterSecret:
		return errors.New("extended_master_secret was expected")
	}
	// TLS 1.3 has nothing to renegotiate and is as good as secure.
	switch secure := s.SecureRenegotiation || s.Version == tls.VersionTLS13; {
	case c.expectSecure && !secure:
		return errors.New("secure renegotiation was expected")
	case c.expectNoSecure && secure:
		return errors.New("secure renegotiation was not expected")
	}
	return nil
}

func (t *talk) checkNames(s parley.State) error {
	c := t.flags
	if c.expectServerName != "" && s.ServerName != c.expectServerName {
		return fmt.Errorf("the server name is %q, expected: %q", s.ServerName, c.expectServerName)
	}
	if c.expectALPN != "" && s.ALPN != c.expectALPN {
		return fmt.Errorf("the protocol is %q, expected: %q", s.ALPN, c.expectALPN)
	}
	if c.expectAdvertisedALPN == "" {
		return nil
	}
	var advertised []byte
	for _, p := range t.conn.Hello().ALPN {
		advertised = append(append(advertised, byte(len(p))), p...)
	}
	if string(advertised) != c.expectAdvertisedALPN {
		return fmt.Errorf("the client offers the protocols %q, expected: %q", advertised, c.expectAdvertisedALPN)
	}
	return nil
}

// checkPeer compares the client's chain with a file of PEM blocks.
func (t *talk) checkPeer(s parley.State) error {
	file := t.flags.expectPeerCertFile
	if file == "" {
		return nil
	}
	rest, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	for i, cert := range s.PeerCertificates {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil || !slices.Equal(block.Bytes, cert.Raw) {
			return fmt.Errorf("the client's certificate %d is not the one in %s", i, file)
		}
	}
	if block, _ := pem.Decode(rest); block != nil {
		return fmt.Errorf("the client sent %d certificates, %s has more", len(s.PeerCertificates), file)
	}
	return nil
}
