/*
 * One case of a client: connect, send and check the echo, begin the handshake
 * again in the way the mode says, send and check again. Nothing here blocks but
 * poll(2), and every poll has a timeout.
 */
#include "rig.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct client {
	const struct options *o;
	SSL_CTX *ctx;
	SSL *ssl;
	int fd, connection;
	int reader; /* another number for fd, which SSL reads from: it can be turned deaf */
	struct party party;
	uint64_t seed, sent, received; /* bytes of the case's stream; connections and restarts go on counting */
	unsigned char out[1 << 20], in[1 << 14], expected[1 << 14];
	const char *stage;
	int64_t began;
};

_Noreturn static void fail(struct client *c, const char *reason) {
	say_errors("case", c->party.name);
	say("done case=%s status=failed connection=%d handshakes=%d sent=%llu received=%llu stage=%s reason=%s", c->party.name,
	    c->connection, c->party.handshakes, (unsigned long long)c->sent, (unsigned long long)c->received, c->stage, reason);
	_exit(1); /* exit(3) would wind the standard input shared with the batch back */
}

static void await(struct client *c, short events) {
	struct pollfd p = {.fd = c->fd, .events = events};
	int n;
	do
		n = poll(&p, 1, c->o->timeout * 1000);
	while (n < 0 && errno == EINTR);
	if (n == 0) fail(c, "timeout");
	if (n < 0) fail(c, "poll");
}

_Noreturn static void broken(struct client *c, int ret) {
	switch (SSL_get_error(c->ssl, ret)) {
	case ERROR_ZERO_RETURN: fail(c, "close_notify");
	case ERROR_SYSCALL: fail(c, ret == 0 ? "connection closed" : strerror(errno));
	default: fail(c, "tls");
	}
}

/* Returns the events the call waits for; does not return if it cannot go on. */
static short wants(struct client *c, int ret) {
	short events = tls_wants(c->ssl, ret);
	if (!events) broken(c, ret);
	return events;
}

/* Reads once and compares. Returns 0, or the events to wait for. */
static short receive(struct client *c) {
	int n = SSL_read(c->ssl, c->in, sizeof c->in);
	if (n <= 0) return wants(c, n);
	if (c->received + n > c->sent) fail(c, "more bytes came back than were sent");
	pattern_fill(c->o->pattern, c->seed, c->received, c->expected, n);
	if (memcmp(c->in, c->expected, n)) fail(c, "a byte came back changed");
	c->received += n;
	return 0;
}

/*
 * Writes once, up to "until". Returns 0, or the events to wait for. While a
 * handshake that the server asked for is under way only SSL_read goes on with
 * it: met by data, a handshake inside SSL_write fails without a reason.
 */
static short transmit(struct client *c, uint64_t until) {
	if (SSL_state(c->ssl) & STATE_INIT) return POLLIN;
	uint64_t n = until - c->sent;
	if (n > (uint64_t)c->o->chunk) n = c->o->chunk;
	pattern_fill(c->o->pattern, c->seed, c->sent, c->out, n);
	int written = SSL_write(c->ssl, c->out, n);
	if (written <= 0) return wants(c, written);
	c->sent += written;
	return 0;
}

/* Sends "bytes", then waits until all has come back; reads while it writes, so that no size is a deadlock. */
static void echo(struct client *c, long bytes) {
	uint64_t until = c->sent + bytes;
	while (c->received < until) {
		short reading = receive(c); /* first: it may end a handshake that transmit would wait for */
		short writing = c->sent < until ? transmit(c, until) : POLLIN;
		if (reading && writing && c->received < until) await(c, reading | writing);
	}
}

/* Sends "bytes" and leaves the echo unread as far as it can, so that it crosses what is sent next. */
static void send_ahead(struct client *c, long bytes) {
	uint64_t until = c->sent + bytes;
	while (c->sent < until) {
		short writing = transmit(c, until);
		if (!writing) continue;
		int done = c->party.handshakes;
		short reading = receive(c);
		if (reading && done == c->party.handshakes) await(c, reading | writing);
	}
}

/* While deaf, a handshake stops behind its hello, however fast the server is. */
static void set_deaf(struct client *c, int deaf) {
	int silence[2];
	if (!deaf) {
		dup2(c->fd, c->reader);
		return;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, silence)) fail(c, strerror(errno));
	dup2(silence[0], c->reader); /* the other end stays open: a closed one would be an end of file */
	close(silence[0]);
}

static SSL *new_ssl(struct client *c) {
	SSL *ssl = tls_new(c->ctx, c->reader, c->fd, &c->party);
	SSL_set_connect_state(ssl);
	return ssl;
}

/*
 * Sends "bytes" behind the hello that has just left. OpenSSL would first finish
 * the handshake; shown the state of an open connection for a moment, it seals
 * the data under the keys in use. Its output goes through the handshake's
 * buffer, which must be flushed.
 */
static void send_behind(struct client *c, long bytes) {
	int state = SSL_state(c->ssl);
	uint64_t until = c->sent + bytes;
	SSL_set_state(c->ssl, STATE_OK);
	while (c->sent < until) {
		short writing = transmit(c, until);
		if (writing) await(c, writing);
	}
	while (BIO_ctrl(SSL_get_wbio(c->ssl), BIO_CTRL_FLUSH, 0, NULL) <= 0) await(c, POLLOUT);
	SSL_set_state(c->ssl, state);
}

static void cork(struct client *c, int on) {
	if (c->o->cork) setsockopt(c->fd, IPPROTO_TCP, TCP_CORK, &on, sizeof on);
}

/* Each of these is something an application has been seen to do. */
static void begin_again(struct client *c) {
	switch (c->o->mode) {
	case MODE_RESET: SSL_set_state(c->ssl, STATE_CONNECT); break;
	case MODE_PROPER: SSL_renegotiate(c->ssl); break;
	case MODE_ABBREVIATED: SSL_renegotiate_abbreviated(c->ssl); break;
	case MODE_CLEAR: SSL_clear(c->ssl); break;
	case MODE_CONNECT: SSL_set_connect_state(c->ssl); break;
	case MODE_NEWSSL: c->ssl = new_ssl(c); break; /* the old object is forgotten, as its owner did */
	default: break;
	}
}

static short drive(struct client *c, int again) {
	if (again && c->o->drive == DRIVE_READ) return receive(c);
	int done = c->party.handshakes;
	int ret = c->o->mode == MODE_CLEAR ? SSL_connect(c->ssl) : SSL_do_handshake(c->ssl);
	if (ret <= 0) return wants(c, ret);
	/* With unread records in its buffer OpenSSL puts a proper renegotiation off until they are read. */
	return c->party.handshakes > done ? 0 : receive(c);
}

static void handshake(struct client *c, int again) {
	int done = c->party.handshakes;
	long behind = again ? c->o->after : 0;
	c->stage = again ? "again" : "first";
	c->party.how = again ? mode_names[c->o->mode] : "first";
	if (behind) set_deaf(c, 1);
	while (c->party.handshakes == done) {
		short events = drive(c, again);
		cork(c, 0);
		if (behind && (events & POLLIN)) {
			send_behind(c, behind);
			set_deaf(c, 0);
			behind = 0;
		}
		if (events && c->party.handshakes == done) await(c, events);
	}
}

static void again(struct client *c) {
	cork(c, 1);
	send_ahead(c, c->o->before);
	begin_again(c);
	handshake(c, 1);
}

/* Connects from an address of its own, for a server that counts by source. */
static void bind_source(struct client *c) {
	struct sockaddr_in addr = {.sin_family = AF_INET};
	if (!c->o->from) return;
	if (inet_pton(AF_INET, c->o->from, &addr.sin_addr) != 1) fail(c, "from is not an IPv4 address");
	if (bind(c->fd, (struct sockaddr *)&addr, sizeof addr)) fail(c, strerror(errno));
}

static void tcp_connect(struct client *c) {
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(c->o->port)};
	int one = 1;
	c->stage = "connect";
	if (inet_pton(AF_INET, c->o->host, &addr.sin_addr) != 1) fail(c, "host is not an IPv4 address");
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	bind_source(c);
	if (connect(c->fd, (struct sockaddr *)&addr, sizeof addr) == 0) return;
	if (errno != EINPROGRESS) fail(c, strerror(errno));
	await(c, POLLOUT);
	int error = 0;
	socklen_t size = sizeof error;
	getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
	if (error) fail(c, strerror(error));
}

/* Says goodbye, and that nothing more comes than was sent. */
static const char *end(struct client *c) {
	struct pollfd p = {.fd = c->fd, .events = POLLIN};
	c->stage = "end";
	SSL_shutdown(c->ssl);
	for (;;) {
		int n = SSL_read(c->ssl, c->in, sizeof c->in);
		if (n > 0) fail(c, "more bytes came back than were sent");
		int error = SSL_get_error(c->ssl, n);
		if (error == ERROR_ZERO_RETURN) return "close_notify";
		if (error == ERROR_SYSCALL) return n == 0 ? "eof" : "reset";
		if (error != ERROR_WANT_READ) return "error";
		if (poll(&p, 1, 2000) <= 0) return "silence";
	}
}

static SSL_SESSION *one_connection(struct client *c, SSL_SESSION *session) {
	const char *how;
	c->connection++;
	tcp_connect(c);
	c->reader = dup(c->fd);
	c->ssl = new_ssl(c);
	if (c->o->sni) SSL_ctrl(c->ssl, CTRL_SET_TLSEXT_HOSTNAME, 0, (void *)c->o->sni);
	if (session) SSL_set_session(c->ssl, session);
	handshake(c, 0);
	c->stage = "echo";
	echo(c, c->o->bytes);
	for (int i = 0; i < c->o->cycles; i++) {
		if (c->o->mode != MODE_NONE) again(c);
		c->stage = "echo-again";
		echo(c, c->o->bytes);
	}
	session = SSL_get1_session(c->ssl);
	how = end(c);
	say("end case=%s connection=%d by=%s", c->party.name, c->connection, how);
	close(c->reader);
	close(c->fd);
	return session;
}

int client_run(const struct options *o) {
	static struct client c;
	const char *wrong;
	c.o = o;
	c.party = (struct party){.who = "case", .name = o->name, .next = "asked"};
	c.seed = pattern_seed(o->name);
	c.stage = "options";
	c.began = now_ms();
	alarm(o->limit); /* beside the timeout of every wait, for a peer that drips */
	c.ctx = tls_context(o, ROLE_CLIENT, &wrong);
	if (wrong) fail(&c, wrong);
	SSL_SESSION *session = one_connection(&c, NULL);
	if (o->resume == RESUME_ID || o->resume == RESUME_TICKET) one_connection(&c, session);
	say("done case=%s status=ok connection=%d handshakes=%d sent=%llu received=%llu ms=%lld", o->name, c.connection,
	    c.party.handshakes, (unsigned long long)c.sent, (unsigned long long)c.received, (long long)(now_ms() - c.began));
	return 0;
}
