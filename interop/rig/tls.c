/* Contexts, and the callbacks that report what OpenSSL does. */
#include "rig.h"
#include <poll.h>
#include <string.h>

static void on_handshake(const SSL *ssl, struct party *p) {
	X509 *certificate = SSL_get_peer_certificate(ssl);
	p->handshakes++;
	say("handshake %s=%s n=%d how=%s version=%s cipher=%s resumed=%ld peercert=%d", p->who, p->name, p->handshakes, p->how,
	    SSL_get_version(ssl), SSL_CIPHER_get_name(SSL_get_current_cipher(ssl)),
	    SSL_ctrl((SSL *)ssl, CTRL_GET_SESSION_REUSED, 0, NULL), certificate != NULL);
	X509_free(certificate);
	p->how = p->next;
}

static void on_info(const SSL *ssl, int where, int value) {
	struct party *p = SSL_get_ex_data(ssl, 0);
	if (where & CB_HANDSHAKE_DONE) on_handshake(ssl, p);
	if ((where & CB_ALERT) && value >= 0)
		say("alert %s=%s way=%s level=%d description=%d", p->who, p->name, where & CB_READ ? "got" : "sent", value >> 8,
		    value & 0xff);
}

static void on_message(int writing, int version, int type, const void *buf, size_t len, SSL *ssl, void *arg) {
	struct party *p = SSL_get_ex_data(ssl, 0);
	(void)arg;
	say("message %s=%s way=%s version=%04x type=%d first=%d length=%zu", p->who, p->name, writing ? "sent" : "got", version,
	    type, len ? *(const unsigned char *)buf : -1, len);
}

static const SSL_METHOD *method(const char *version) {
	if (!strcmp(version, "any")) return SSLv23_method();
	if (!strcmp(version, "ssl3")) return SSLv3_method ? SSLv3_method() : NULL;
	if (!strcmp(version, "tls1")) return TLSv1_method();
	if (!strcmp(version, "tls1_1")) return TLSv1_1_method();
	if (!strcmp(version, "tls1_2")) return TLSv1_2_method();
	return NULL;
}

/* The rig is about handshakes, not about trust: any certificate will do. */
static int accept_any(int ok, X509_STORE_CTX *store) {
	(void)ok, (void)store;
	return 1;
}

static void set_sessions(SSL_CTX *ctx, const struct options *o, enum role role) {
	if (o->resume == RESUME_OFF || o->resume == RESUME_ID) SSL_CTX_ctrl(ctx, CTRL_OPTIONS, OP_NO_TICKET, NULL);
	if (o->resume == RESUME_OFF)
		SSL_CTX_ctrl(ctx, CTRL_SET_SESS_CACHE_MODE, SESS_CACHE_OFF, NULL);
	else
		SSL_CTX_ctrl(ctx, CTRL_SET_SESS_CACHE_MODE, SESS_CACHE_BOTH, NULL);
	if (role == ROLE_SERVER) SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"rig", 3);
}

SSL_CTX *tls_context(const struct options *o, enum role role, const char **wrong) {
	const SSL_METHOD *m = method(o->version);
	SSL_CTX *ctx = m ? SSL_CTX_new(m) : NULL;
	*wrong = NULL;
	if (!ctx) {
		*wrong = "this OpenSSL has no such version";
		return NULL;
	}
	if (!o->sslv2hello && strcmp(o->version, "ssl3")) SSL_CTX_ctrl(ctx, CTRL_OPTIONS, OP_NO_SSLv2 | OP_NO_SSLv3, NULL);
	SSL_CTX_ctrl(ctx, CTRL_MODE, MODE_PARTIAL_WRITE | MODE_MOVING_WRITE_BUFFER, NULL);
	set_sessions(ctx, o, role);
	if (o->ciphers && !SSL_CTX_set_cipher_list(ctx, o->ciphers)) *wrong = "no cipher in ciphers is known";
	if (o->cert && SSL_CTX_use_certificate_chain_file(ctx, o->cert) <= 0) *wrong = "cert cannot be used";
	if (o->key && SSL_CTX_use_PrivateKey_file(ctx, o->key, FILETYPE_PEM) <= 0) *wrong = "key cannot be used";
	if (role == ROLE_SERVER) {
		SSL_CTX_ctrl(ctx, CTRL_SET_TMP_ECDH, 0, EC_KEY_new_by_curve_name(NID_X9_62_PRIME256V1));
		if (o->verify) SSL_CTX_set_verify(ctx, VERIFY_PEER, accept_any);
	}
	SSL_CTX_set_info_callback(ctx, on_info);
	if (o->verbose) SSL_CTX_set_msg_callback(ctx, on_message);
	return ctx;
}

SSL *tls_new(SSL_CTX *ctx, int reader, int writer, struct party *party) {
	SSL *ssl = SSL_new(ctx);
	SSL_set_ex_data(ssl, 0, party);
	SSL_set_wfd(ssl, writer); /* first: with nothing to replace, SSL_set_rfd frees nothing that is still in use */
	SSL_set_rfd(ssl, reader);
	return ssl;
}

short tls_wants(SSL *ssl, int ret) {
	switch (SSL_get_error(ssl, ret)) {
	case ERROR_WANT_READ: return POLLIN;
	case ERROR_WANT_WRITE: return POLLOUT;
	default: return 0;
	}
}
