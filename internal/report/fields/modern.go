package fields

import "github.com/parley-tls/parley/internal/wire"

// modernCertificates takes apart the body of RFC 8446, section 4.4.2, which has
// a context before its list and extensions behind each certificate.
func modernCertificates(w *walk) {
	w.vector("certificate_request_context", 1, func(n int) string {
		if n > 0 {
			w.hidden("opaque", n)
		}
		return unseen(n)
	})
	number := 0
	w.vector("certificate_list", 3, func(int) string {
		for w.at < w.end && !w.broken {
			number++
			w.vector("cert_data", 3, func(n int) string { return certificate(w, w.at, n) })
			extensions(w, wire.MessageCertificate)
		}
		return count(number, "certificate")
	})
}

// modern says whether a Certificate has the form of TLS 1.3. In the older one
// the length of the list fills the message; a context of no length, which is
// all that a server sends, makes the list begin one byte later.
func modern(body []byte) bool {
	if len(body) < 4 {
		return false
	}
	older := value(body[:3]) == len(body)-3
	context := int(body[0])
	return !older && len(body) >= 4+context && value(body[1+context:4+context]) == len(body)-4-context
}
