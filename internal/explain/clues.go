package explain

import "github.com/parley-tls/parley/internal/trace"

// A clue is something in a line's wrapping that tells whose log it is, at what
// point of a connection, or which way an alert went.
type clue struct {
	words   string // in normal form
	role    trace.Side
	by      string
	when    phase
	guessed bool
	way     direction
	library string
}

// clues are tried in this order: the first that tells something is believed.
var clues = func() []clue {
	all := []clue{
		// The innermost words tell the library: Android's Java has OpenSSL inside.
		{words: "SSL routines", library: libOpenSSL},
		{words: "OPENSSL_internal", library: libOpenSSL},
		{words: "_ssl.c", library: libOpenSSL},
		// Programs.
		{words: "to upstream", role: trace.Client, by: "nginx speaks to its upstream here, as a client"},
		{words: "while SSL handshaking", role: trace.Server, by: "nginx logs it of a client", when: opening},
		{words: "while waiting for request", role: trace.Server, by: "nginx logs it of a client", when: open},
		{words: "while reading client request", role: trace.Server, by: "nginx logs it of a client", when: open},
		{words: "while keepalive", role: trace.Server, by: "nginx logs it of a client", when: open},
		{words: "while closing request", role: trace.Server, by: "nginx logs it of a client", when: open},
		{words: "TLS handshake error from", role: trace.Server, by: "Go's http.Server logs it of a client", when: opening, library: libGo},
		{words: "SSL handshake failure", role: trace.Nobody, when: opening},
		{words: "during SSL handshake", when: opening},
		{words: "server accepting client", role: trace.Server, by: "the program says that it accepts", when: opening},
		{words: "curl 35", role: trace.Client, by: "curl is a client", when: opening},
		{words: "curl 56", role: trace.Client, by: "curl is a client", when: open},
		{words: "curl 60", role: trace.Client, by: "curl is a client", when: opening},
		{words: "curl", role: trace.Client, by: "curl is a client"},
		{words: "wget", role: trace.Client, by: "wget is a client"},
		{words: "InitializeSecurityContext", role: trace.Client, by: "InitializeSecurityContext is the client's call", library: libSchannel},
		{words: "AcceptSecurityContext", role: trace.Server, by: "AcceptSecurityContext is the server's call", library: libSchannel},
		{words: "SSL_do_handshake", when: opening},
		{words: "SSL_accept", role: trace.Server, by: "SSL_accept is the server's call", when: opening},
		{words: "SSL_connect", role: trace.Client, by: "SSL_connect is the client's call", when: opening},
		// A program may leave its first handshake to its first read or write.
		{words: "SSL_read", when: open, guessed: true},
		{words: "SSL_write", when: open, guessed: true},
		{words: "could not accept SSL connection", role: trace.Server, by: "the program says that it accepts", when: opening},
		{words: "gnutls_handshake", when: opening, library: libGnuTLS},
		{words: "GnuTLS recv error", when: open, library: libGnuTLS},
		{words: "mbedtls_ssl_handshake", when: opening, library: libMbed},
		{words: "ssl_client", role: trace.Client, by: "it comes from the client's half of the library"},
		{words: "SSLHandshakeException", when: opening, library: libJava},
		{words: "javax net ssl", library: libJava},
		// OpenSSL's functions: a side has its own.
		{words: "ssl23_get_client_hello", role: trace.Server, by: "only a server reads a ClientHello", when: opening},
		{words: "ssl3_get_client_hello", role: trace.Server, by: "only a server reads a ClientHello"},
		{words: "tls_process_client_hello", role: trace.Server, by: "only a server reads a ClientHello"},
		{words: "tls_early_post_process_client_hello", role: trace.Server, by: "only a server reads a ClientHello"},
		{words: "tls_post_process_client_hello", role: trace.Server, by: "only a server reads a ClientHello"},
		{words: "ssl3_get_client_certificate", role: trace.Server, by: "only a server reads a client's certificate"},
		{words: "tls_process_client_certificate", role: trace.Server, by: "only a server reads a client's certificate"},
		{words: "ssl3_get_cert_verify", role: trace.Server, by: "only a server reads CertificateVerify"},
		{words: "ssl3_get_client_key_exchange", role: trace.Server, by: "only a server reads ClientKeyExchange"},
		{words: "ssl23_get_server_hello", role: trace.Client, by: "only a client reads a ServerHello", when: opening},
		{words: "ssl3_get_server_hello", role: trace.Client, by: "only a client reads a ServerHello"},
		{words: "tls_process_server_hello", role: trace.Client, by: "only a client reads a ServerHello"},
		{words: "ssl3_get_server_certificate", role: trace.Client, by: "only a client reads a server's certificate"},
		{words: "tls_process_server_certificate", role: trace.Client, by: "only a client reads a server's certificate"},
		{words: "tls_post_process_server_certificate", role: trace.Client, by: "only a client reads a server's certificate"},
		{words: "ssl3_get_key_exchange", role: trace.Client, by: "only a client reads ServerKeyExchange"},
		{words: "tls_process_ske_dhe", role: trace.Client, by: "only a client reads ServerKeyExchange"},
		{words: "tls_process_key_exchange", role: trace.Client, by: "only a client reads ServerKeyExchange"},
		{words: "ssl_choose_client_version", role: trace.Client, by: "only a client reads a ServerHello"},
		{words: "connect_cr_srvr_hello", role: trace.Client, by: "only a client reads a ServerHello"},
		{words: "ssl3_check_cert_and_algorithm", role: trace.Client, by: "only a client checks that"},
		{words: "ssl_parse_serverhello_renegotiate_ext", role: trace.Client, by: "only a client reads a ServerHello"},
		{words: "ssl_parse_clienthello_renegotiate_ext", role: trace.Server, by: "only a server reads a ClientHello"},
		{words: "tls_parse_stoc_renegotiate", role: trace.Client, by: "only a client reads a ServerHello"},
		{words: "tls_parse_ctos_renegotiate", role: trace.Server, by: "only a server reads a ClientHello"},
		{words: "OpenSSL", library: libOpenSSL},
		{words: "Schannel", library: libSchannel},
		{words: "mbedtls", library: libMbed},
		{words: "mbedTLS", library: libMbed},
		{words: "wolfSSL", library: libWolf},
		{words: "GnuTLS", library: libGnuTLS},
		{words: "gnutls", library: libGnuTLS},
		{words: "rustls", library: libRustls},
		// Which way an alert went.
		{words: "remote error tls", way: received, library: libGo},
		{words: "local error tls", way: sent, library: libGo},
		{words: "received fatal alert", way: received},
		{words: "received alert", way: received},
		{words: "alert received", way: received},
		{words: "alert was received", way: received},
		{words: "alert has been received", way: received},
		{words: "fatal alert was generated", way: sent},
		{words: "fatal alert was received", way: received},
		{words: "is a fatal alert message", way: received, library: libMbed},
		{words: "got an alert message", way: received, library: libMbed},
		{words: "send alert level", way: sent, library: libMbed},
		{words: "Event ID 36887", way: received, library: libSchannel},
		{words: "Event ID 36888", way: sent, library: libSchannel},
		{words: "Schannel 36887", way: received, library: libSchannel},
		{words: "Schannel 36888", way: sent, library: libSchannel},
		{words: "generated SERVER ALERT", role: trace.Server, by: "the line says so", way: sent, library: libErlang},
		{words: "received CLIENT ALERT", role: trace.Server, by: "the line says so", way: received, library: libErlang},
		{words: "generated CLIENT ALERT", role: trace.Client, by: "the line says so", way: sent, library: libErlang},
		{words: "received SERVER ALERT", role: trace.Client, by: "the line says so", way: received, library: libErlang},
		{words: "alert sent", way: sent},
		{words: "sent alert", way: sent},
		{words: "sending alert", way: sent},
		{words: "alert read", way: received, library: libOpenSSL},
		{words: "alert write", way: sent, library: libOpenSSL},
		{words: "SSL alert number", way: received, library: libOpenSSL},
		{words: "sslv3 alert", way: received, library: libOpenSSL},
		{words: "tlsv1 alert", way: received, library: libOpenSSL},
		{words: "tlsv13 alert", way: received, library: libOpenSSL},
		{words: "tlsv1 unrecognized name", way: received, library: libOpenSSL},
		{words: "tlsv1 unsupported extension", way: received, library: libOpenSSL},
		{words: "tlsv1 bad certificate", way: received, library: libOpenSSL},
		{words: "tlsv1 certificate unobtainable", way: received, library: libOpenSSL},
	}
	for i := range all {
		all[i].words = normal(all[i].words)
	}
	return all
}()

// The libraries, as their makers write them.
const (
	libOpenSSL  = "OpenSSL"
	libGnuTLS   = "GnuTLS"
	libJava     = "Java"
	libGo       = "Go"
	libNSS      = "NSS"
	libSchannel = "Schannel"
	libMbed     = "Mbed TLS"
	libWolf     = "wolfSSL"
	libRustls   = "rustls"
	libApple    = "Secure Transport"
	libErlang   = "Erlang"
	libParley   = "Parley"
)

// libraries are those that have words of their own; programs around them have
// theirs as well.
var libraries = map[string]bool{
	libOpenSSL: true, libGnuTLS: true, libJava: true, libGo: true, libNSS: true,
	libSchannel: true, libMbed: true, libWolf: true, libRustls: true,
	libApple: true, libErlang: true,
}
