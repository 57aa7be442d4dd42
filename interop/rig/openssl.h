/*
 * The part of OpenSSL 1.0.x that the rig uses, declared by hand: the old
 * binaries export the functions, and no machine has the headers any more.
 */
#ifndef RIG_OPENSSL_H
#define RIG_OPENSSL_H

#include <stddef.h>

typedef struct ssl_st SSL;
typedef struct ssl_ctx_st SSL_CTX;
typedef struct ssl_method_st SSL_METHOD;
typedef struct ssl_session_st SSL_SESSION;
typedef struct bio_st BIO;
typedef struct ec_key_st EC_KEY;
typedef struct x509_st X509;
typedef struct x509_store_ctx_st X509_STORE_CTX;

int SSL_library_init(void);
void SSL_load_error_strings(void);
const char *SSLeay_version(int) __attribute__((weak)); /* not exported by 1.0.1e */
unsigned long ERR_get_error(void);
void ERR_clear_error(void);
void ERR_error_string_n(unsigned long, char *, size_t);

const SSL_METHOD *SSLv23_method(void);
const SSL_METHOD *SSLv3_method(void) __attribute__((weak));
const SSL_METHOD *TLSv1_method(void);
const SSL_METHOD *TLSv1_1_method(void);
const SSL_METHOD *TLSv1_2_method(void);

SSL_CTX *SSL_CTX_new(const SSL_METHOD *);
long SSL_CTX_ctrl(SSL_CTX *, int, long, void *);
int SSL_CTX_set_cipher_list(SSL_CTX *, const char *);
int SSL_CTX_use_certificate_chain_file(SSL_CTX *, const char *);
int SSL_CTX_use_PrivateKey_file(SSL_CTX *, const char *, int);
void SSL_CTX_set_verify(SSL_CTX *, int, int (*)(int, X509_STORE_CTX *));
int SSL_CTX_set_session_id_context(SSL_CTX *, const unsigned char *, unsigned);
void SSL_CTX_set_info_callback(SSL_CTX *, void (*)(const SSL *, int, int));
void SSL_CTX_set_msg_callback(SSL_CTX *, void (*)(int, int, int, const void *, size_t, SSL *, void *));
EC_KEY *EC_KEY_new_by_curve_name(int);

SSL *SSL_new(SSL_CTX *);
void SSL_free(SSL *);
long SSL_ctrl(SSL *, int, long, void *);
int SSL_set_rfd(SSL *, int);
int SSL_set_wfd(SSL *, int);
int SSL_set_ex_data(SSL *, int, void *);
void *SSL_get_ex_data(const SSL *, int);
void SSL_set_connect_state(SSL *);
void SSL_set_accept_state(SSL *);
int SSL_state(const SSL *);
void SSL_set_state(SSL *, int);
int SSL_connect(SSL *);
int SSL_do_handshake(SSL *);
int SSL_renegotiate(SSL *);
int SSL_renegotiate_abbreviated(SSL *);
int SSL_clear(SSL *);
int SSL_read(SSL *, void *, int);
int SSL_write(SSL *, const void *, int);
int SSL_shutdown(SSL *);
int SSL_get_error(const SSL *, int);
BIO *SSL_get_wbio(const SSL *);
long BIO_ctrl(BIO *, int, long, void *);
int SSL_set_session(SSL *, SSL_SESSION *);
SSL_SESSION *SSL_get1_session(SSL *);
const char *SSL_get_version(const SSL *);
const void *SSL_get_current_cipher(const SSL *);
const char *SSL_CIPHER_get_name(const void *);
X509 *SSL_get_peer_certificate(const SSL *);
void X509_free(X509 *);

enum { /* for SSL_ctrl, SSL_CTX_ctrl and BIO_ctrl; many are macros in the real header */
	CTRL_SET_TMP_ECDH = 4,
	CTRL_GET_SESSION_REUSED = 8,
	BIO_CTRL_FLUSH = 11,
	CTRL_OPTIONS = 32,
	CTRL_MODE = 33,
	CTRL_SET_SESS_CACHE_MODE = 44,
	CTRL_SET_TLSEXT_HOSTNAME = 55,
};

enum { MODE_PARTIAL_WRITE = 1, MODE_MOVING_WRITE_BUFFER = 2 };
enum { OP_NO_TICKET = 0x4000, OP_NO_SSLv2 = 0x01000000, OP_NO_SSLv3 = 0x02000000 };
enum { SESS_CACHE_OFF = 0, SESS_CACHE_BOTH = 3 };
enum { STATE_OK = 0x03, STATE_CONNECT = 0x1000, STATE_INIT = 0x3000 };
enum { ERROR_SSL = 1, ERROR_WANT_READ = 2, ERROR_WANT_WRITE = 3, ERROR_SYSCALL = 5, ERROR_ZERO_RETURN = 6 };
enum { CB_READ = 0x04, CB_HANDSHAKE_DONE = 0x20, CB_ALERT = 0x4000 };
enum { VERIFY_PEER = 1, FILETYPE_PEM = 1, NID_X9_62_PRIME256V1 = 415 };

#endif
