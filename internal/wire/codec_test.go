package wire

import (
	"bytes"
	"errors"
	"testing"
)

// A codec is a parser and its inverse, in one.
type codec struct {
	name   string
	folder []string // of testdata, messages it parses
	again  func(Message) (Message, error)
	// legal says of a body cut to n bytes, and framed anew, that it is a message.
	legal func(whole Message, n int) bool
}

func never(Message, int) bool { return false }

// anyLength is for what fills a message to its end, whatever its length.
func anyLength(_ Message, n int) bool { return n > 0 }

// beforeExtensions is for the one place at which a hello may end early: RFC
// 5246, section 7.4.1.2, lets it have no extensions at all.
func beforeExtensions(fixed func(body []byte) int) func(Message, int) bool {
	return func(m Message, n int) bool { return n == fixed(m.Body()) }
}

func endOfCompressionMethods(body []byte) int {
	n := 34
	n += 1 + int(body[n])
	n += 2 + int(body[n])<<8 + int(body[n+1])
	return n + 1 + int(body[n])
}

func endOfServerHello(body []byte) int { return 34 + 1 + int(body[34]) + 3 }

func codecs() []codec {
	one := func(names ...string) []string { return names }
	return []codec{
		{"ClientHello", one("hellos/founding-first", "hellos/founding-reset", "hellos/openssl-3.0", "hellos/java-17", "hellos/gnutls-3.7-bare"),
			againClientHello, beforeExtensions(endOfCompressionMethods)},
		{"ServerHello", one("messages/server-hello", "messages/server-hello-secure", "messages/server-hello-resumed", "messages/server-hello-30"),
			againServerHello, beforeExtensions(endOfServerHello)},
		{"Certificate", one("messages/certificate"), againCertificate, never},
		{"ServerKeyExchange", one("messages/server-key-exchange-tls12"), againServerKeyExchange(VersionTLS12), never},
		{"CertificateRequest", one("messages/certificate-request-tls12"), againCertificateRequest(VersionTLS12), never},
		{"CertificateVerify", one("messages/certificate-verify-tls12"), againCertificateVerify(VersionTLS12), never},
		{"ClientKeyExchange, RSA", one("messages/client-key-exchange-rsa"), againRSA(VersionTLS10), never},
		{"ClientKeyExchange, RSA, SSL 3.0", one("messages/client-key-exchange-rsa"), againRSA(VersionSSL30), anyLength},
		{"ClientKeyExchange, ECDHE", one("messages/client-key-exchange-ecdhe"), againECDHE, never},
		{"NewSessionTicket", one("messages/new-session-ticket"), againNewSessionTicket, never},
		{"Finished", one("messages/finished"), againFinished, anyLength},
		{"HelloRequest", one("messages/hello-request"), againEmpty(MessageHelloRequest), never},
		{"ServerHelloDone", one("messages/server-hello-done"), againEmpty(MessageServerHelloDone), never},
	}
}

func againClientHello(m Message) (Message, error) {
	h, err := ParseClientHello(m)
	return h.Marshal(), err
}

func againSSL2ClientHello(b Message) (Message, error) {
	h, err := ParseSSL2ClientHello(b)
	return h.Marshal(), err
}

func againServerHello(m Message) (Message, error) {
	h, err := ParseServerHello(m)
	return h.Marshal(), err
}

func againCertificate(m Message) (Message, error) {
	c, err := ParseCertificate(m)
	return c.Marshal(), err
}

func againServerKeyExchange(v Version) func(Message) (Message, error) {
	return func(m Message) (Message, error) {
		x, err := ParseServerKeyExchange(m, v)
		x.Params = nil // so that Marshal shows that the fields hold all of it
		return x.Marshal(v), err
	}
}

func againCertificateRequest(v Version) func(Message) (Message, error) {
	return func(m Message) (Message, error) {
		r, err := ParseCertificateRequest(m, v)
		return r.Marshal(v), err
	}
}

func againCertificateVerify(v Version) func(Message) (Message, error) {
	return func(m Message) (Message, error) {
		cv, err := ParseCertificateVerify(m, v)
		return cv.Marshal(v), err
	}
}

func againRSA(v Version) func(Message) (Message, error) {
	return func(m Message) (Message, error) {
		encrypted, err := ParseRSAClientKeyExchange(m, v)
		return MarshalRSAClientKeyExchange(encrypted, v), err
	}
}

func againECDHE(m Message) (Message, error) {
	point, err := ParseECDHEClientKeyExchange(m)
	return MarshalECDHEClientKeyExchange(point), err
}

func againNewSessionTicket(m Message) (Message, error) {
	t, err := ParseNewSessionTicket(m)
	return t.Marshal(), err
}

func againFinished(m Message) (Message, error) {
	f, err := ParseFinished(m)
	return f.Marshal(), err
}

func againEmpty(t MessageType) func(Message) (Message, error) {
	return func(m Message) (Message, error) { return NewMessage(t, nil), ParseEmpty(m, t) }
}

func eachMessage(t *testing.T, test func(*testing.T, codec, Message)) {
	for _, c := range codecs() {
		for _, name := range c.folder {
			t.Run(c.name+"/"+name, func(t *testing.T) { test(t, c, readHex(t, name)) })
		}
	}
}

func TestWhatParsesMarshalsToTheSameBytes(t *testing.T) {
	eachMessage(t, func(t *testing.T, c codec, m Message) {
		got, err := c.again(m)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, m) {
			t.Errorf("got  %x\nwant %x", got, m)
		}
	})
}

func TestEveryPrefixIsRefused(t *testing.T) {
	eachMessage(t, func(t *testing.T, c codec, m Message) {
		for n := range m {
			_, err := c.again(m[:n])
			refused(t, err, n)
		}
	})
}

func TestEveryPrefixOfABodyIsRefused(t *testing.T) {
	eachMessage(t, func(t *testing.T, c codec, m Message) {
		body := m.Body()
		for n := range body {
			cut := NewMessage(m.Type(), body[:n])
			again, err := c.again(cut)
			if !c.legal(m, n) {
				refused(t, err, n)
				continue
			}
			if err != nil || !bytes.Equal(again, cut) {
				t.Errorf("refused the first %d of %d bytes: %v", n, len(body), err)
			}
		}
	})
}

func TestTrailingBytesAreRefused(t *testing.T) {
	eachMessage(t, func(t *testing.T, c codec, m Message) {
		longer := append(bytes.Clone(m.Body()), 0)
		if _, err := c.again(NewMessage(m.Type(), longer)); err == nil && !c.legal(m, 1) {
			t.Error("accepted a byte behind the end")
		}
		if _, err := c.again(append(bytes.Clone(m), 0)); err == nil {
			t.Error("accepted a byte behind the message")
		}
	})
}

func TestAnotherMessageIsRefused(t *testing.T) {
	eachMessage(t, func(t *testing.T, c codec, m Message) {
		_, err := c.again(NewMessage(MessageMessageHash, m.Body()))
		var e *ParseError
		if !errors.As(err, &e) || e.Field != "msg_type" || e.Offset != 0 {
			t.Errorf("got %v", err)
		}
	})
}

// refused checks that err is a ParseError, and that its place is within the n
// bytes given.
func refused(t *testing.T, err error, n int) {
	t.Helper()
	var e *ParseError
	switch {
	case !errors.As(err, &e):
		t.Errorf("%d bytes: got %v, want a ParseError", n, err)
	case e.Message == "" || e.Field == "" || e.Error() == "":
		t.Errorf("%d bytes: nameless %#v", n, e)
	case e.Offset < 0 || e.Offset > n+MessageHeaderLen:
		t.Errorf("%d bytes: offset %d of %v", n, e.Offset, e)
	}
}
