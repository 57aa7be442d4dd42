/* An echo server on this OpenSSL: one process, one poll loop, one session cache. */
#define _GNU_SOURCE
#include "rig.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 256 };

struct connection {
	struct party party;
	char name[16];
	SSL *ssl;
	int echoes;
	int have, done; /* the bytes of buf that came, and those that went back */
	int64_t last;   /* when something last moved */
	unsigned char buf[1 << 14];
};

struct server {
	const struct options *o;
	SSL_CTX *ctx;
	int accepted, count;
	struct pollfd polls[MAX_CONNECTIONS + 2]; /* the listener, standard input, the connections */
	struct connection *connections[MAX_CONNECTIONS];
};

static void forget(struct server *s, int i, const char *reason) {
	struct connection *c = s->connections[i];
	say_errors("conn", c->name);
	say("closed conn=%s handshakes=%d reason=%s", c->name, c->party.handshakes, reason);
	SSL_free(c->ssl);
	close(s->polls[i + 2].fd);
	free(c);
	s->count--;
	s->connections[i] = s->connections[s->count];
	s->polls[i + 2] = s->polls[s->count + 2];
}

static void welcome(struct server *s) {
	int one = 1, fd = accept4(s->polls[0].fd, NULL, NULL, SOCK_NONBLOCK);
	if (fd < 0) return;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	struct connection *c = calloc(1, sizeof *c);
	snprintf(c->name, sizeof c->name, "%d", ++s->accepted);
	c->party = (struct party){.who = "conn", .name = c->name, .how = "first", .next = "again"};
	c->ssl = tls_new(s->ctx, fd, fd, &c->party);
	SSL_set_accept_state(c->ssl);
	c->last = now_ms();
	s->connections[s->count] = c;
	s->polls[s->count + 2] = (struct pollfd){.fd = fd, .events = POLLIN};
	s->count++;
}

/* One read or one write. Returns what SSL_read or SSL_write did. */
static int step(struct server *s, struct connection *c) {
	int n;
	if (c->done < c->have) {
		n = SSL_write(c->ssl, c->buf + c->done, c->have - c->done);
		if (n > 0) c->done += n;
		if (n > 0 && c->done == c->have && ++c->echoes == s->o->hellorequest) {
			SSL_renegotiate(c->ssl);
			SSL_do_handshake(c->ssl);
		}
		return n;
	}
	n = SSL_read(c->ssl, c->buf, sizeof c->buf);
	if (n > 0) {
		c->have = n;
		c->done = 0;
	}
	return n;
}

/* Goes on until the connection must wait. Returns 0 if it is over. */
static int serve(struct server *s, int i) {
	struct connection *c = s->connections[i];
	int n;
	ERR_clear_error(); /* the queue is the thread's: another connection may have left something */
	c->last = now_ms();
	while ((n = step(s, c)) > 0) continue;
	short events = tls_wants(c->ssl, n);
	s->polls[i + 2].events = events;
	if (events) return 1;
	int error = SSL_get_error(c->ssl, n);
	if (error == ERROR_ZERO_RETURN) SSL_shutdown(c->ssl);
	forget(s, i, error == ERROR_ZERO_RETURN ? "close_notify" : error == ERROR_SYSCALL ? "disconnected" : "tls");
	return 0;
}

static void expire(struct server *s) {
	for (int i = s->count - 1; i >= 0; i--)
		if (now_ms() - s->connections[i]->last > s->o->timeout * 1000) forget(s, i, "timeout");
}

static int listen_on(const struct options *o) {
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(o->port)};
	socklen_t size = sizeof addr;
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	inet_pton(AF_INET, o->host, &addr.sin_addr);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, (struct sockaddr *)&addr, sizeof addr) || listen(fd, 128)) {
		perror("listen");
		exit(1);
	}
	getsockname(fd, (struct sockaddr *)&addr, &size);
	say("ready port=%d", ntohs(addr.sin_port));
	return fd;
}

/* Whether whoever started us has closed our standard input, and so is gone. */
static int abandoned(struct server *s) {
	char byte;
	return s->polls[1].revents && read(STDIN_FILENO, &byte, 1) <= 0;
}

int server_run(const struct options *o) {
	static struct server s;
	const char *wrong;
	s.o = o;
	s.ctx = tls_context(o, ROLE_SERVER, &wrong);
	if (wrong) {
		say_errors("conn", "0");
		fprintf(stderr, "server: %s\n", wrong);
		return 1;
	}
	s.polls[0] = (struct pollfd){.fd = listen_on(o), .events = POLLIN};
	s.polls[1] = (struct pollfd){.fd = o->watch ? STDIN_FILENO : -1, .events = POLLIN};
	for (;;) {
		s.polls[0].events = s.count < MAX_CONNECTIONS ? POLLIN : 0;
		if (poll(s.polls, s.count + 2, 1000) > 0) {
			if (abandoned(&s)) return 0;
			for (int i = s.count - 1; i >= 0; i--)
				if (s.polls[i + 2].revents) serve(&s, i);
			if (s.polls[0].revents) welcome(&s);
		}
		expire(&s);
	}
}
