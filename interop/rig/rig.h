/* What the rig's files share. README.md tells what the rig does and what each option means. */
#ifndef RIG_H
#define RIG_H

#include "openssl.h"
#include <stdint.h>

/* How a client begins a handshake on a connection that is already up. */
enum mode { MODE_NONE, MODE_RESET, MODE_PROPER, MODE_ABBREVIATED, MODE_NEWSSL, MODE_CLEAR, MODE_CONNECT, MODES };
extern const char *const mode_names[MODES];

/* What a client does about sessions. RESUME_ID and RESUME_TICKET connect twice. */
enum resume { RESUME_ANY, RESUME_OFF, RESUME_ID, RESUME_TICKET, RESUMES };

enum pattern { PATTERN_STREAM, PATTERN_LINES, PATTERNS };

/* Who drives a later handshake: SSL_do_handshake, or SSL_read as most programs do. */
enum drive { DRIVE_HANDSHAKE, DRIVE_READ, DRIVES };

struct options {
	const char *name, *host, *from, *version, *ciphers, *cert, *key, *sni;
	int port, cycles, timeout, limit, cork, verify, verbose, watch, sslv2hello, hellorequest, jobs;
	long bytes, before, after, chunk;
	enum mode mode;
	enum resume resume;
	enum pattern pattern;
	enum drive drive;
};

/* options.c */
void options_default(struct options *o);
/* Takes one "key=value"; returns NULL or what is wrong with it. */
const char *options_set(struct options *o, char *word);

/* pattern.c: the bytes a client sends, a function of the case's name and their place in the stream. */
uint64_t pattern_seed(const char *name);
void pattern_fill(enum pattern p, uint64_t seed, uint64_t place, unsigned char *out, size_t n);

/* say.c: every line of output is one write(2), so that lines of several processes never mix. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_errors(const char *who, const char *name);
int64_t now_ms(void);

/* tls.c */
enum role { ROLE_CLIENT, ROLE_SERVER };
struct party { /* hung on an SSL object, so that callbacks know whom to name */
	const char *who;  /* "case" or "conn" */
	const char *name;
	const char *how;  /* what began the handshake under way */
	const char *next; /* what begins the next one unless we do: "asked" at a client, "again" at a server */
	int handshakes;   /* that ended well */
};
SSL_CTX *tls_context(const struct options *o, enum role role, const char **wrong);
SSL *tls_new(SSL_CTX *ctx, int reader, int writer, struct party *party);
/* Which poll(2) events the last call on ssl waits for: 0 if it failed for good. */
short tls_wants(SSL *ssl, int ret);

/* client.c: runs one case; 0 if every handshake ended well and every byte came back. */
int client_run(const struct options *o);
/* batch.c: runs the cases on standard input, each in a process of its own. */
int batch_run(const struct options *o);
/* server.c: serves connections until killed. */
int server_run(const struct options *o);

#endif
