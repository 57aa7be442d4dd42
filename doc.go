// Package parley serves TLS 1.0 to 1.2 to clients that nobody can change, and
// hands clients that offer TLS 1.3 to crypto/tls.
//
// What sets it apart is how it treats a second ClientHello, one that arrives on
// a connection which already has keys. Each is one of five kinds, and for each
// kind the [Policy] has an answer:
//
//   - secure: renegotiation as RFC 5746 has it. Accepted.
//   - reset: the client began its handshake again as if it were the first. It is
//     accepted if it resumes the session of the very connection it arrives in,
//     so that nobody else can finish it.
//   - bare: from a client older than RFC 5746. Refused; the connection lives on.
//   - restart: in clear, from a client that forgot its keys. The connection ends.
//   - forged: it claims what no honest client would. The connection ends, always.
//
// A [Listener] is a net.Listener whose Accept gives finished connections, and a
// [Conn] is a net.Conn:
//
//	listener, err := parley.Listen("tcp", ":8443", &parley.Config{
//		Certificates: []tls.Certificate{certificate},
//	})
//	if err != nil {
//		log.Fatal(err)
//	}
//	log.Fatal(http.Serve(listener, handler))
package parley
