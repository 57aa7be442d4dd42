#include "rig.h"
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

const char *const mode_names[MODES] = {"none", "reset", "proper", "abbreviated", "newssl", "clear", "connect"};
static const char *const resume_names[RESUMES] = {"any", "off", "id", "ticket"};
static const char *const pattern_names[PATTERNS] = {"stream", "lines"};
static const char *const drive_names[DRIVES] = {"handshake", "read"};

enum kind { TEXT, NUMBER, LONG, CHOICE };

static const struct option {
	const char *key;
	enum kind kind;
	size_t offset;
	long min, max;             /* of a NUMBER or LONG */
	const char *const *names;  /* of a CHOICE, max of them */
} table[] = {
#define AT(field) offsetof(struct options, field)
	{"case", TEXT, AT(name), 0, 0, NULL},
	{"host", TEXT, AT(host), 0, 0, NULL},
	{"from", TEXT, AT(from), 0, 0, NULL},
	{"port", NUMBER, AT(port), 0, 65535, NULL},
	{"version", TEXT, AT(version), 0, 0, NULL},
	{"ciphers", TEXT, AT(ciphers), 0, 0, NULL},
	{"cert", TEXT, AT(cert), 0, 0, NULL},
	{"key", TEXT, AT(key), 0, 0, NULL},
	{"sni", TEXT, AT(sni), 0, 0, NULL},
	{"mode", CHOICE, AT(mode), 0, MODES, mode_names},
	{"cycles", NUMBER, AT(cycles), 0, 1000000, NULL},
	{"bytes", LONG, AT(bytes), 0, LONG_MAX, NULL},
	{"chunk", LONG, AT(chunk), 1, 1 << 20, NULL},
	{"before", LONG, AT(before), 0, LONG_MAX, NULL},
	{"after", LONG, AT(after), 0, LONG_MAX, NULL},
	{"cork", NUMBER, AT(cork), 0, 1, NULL},
	{"drive", CHOICE, AT(drive), 0, DRIVES, drive_names},
	{"resume", CHOICE, AT(resume), 0, RESUMES, resume_names},
	{"pattern", CHOICE, AT(pattern), 0, PATTERNS, pattern_names},
	{"sslv2hello", NUMBER, AT(sslv2hello), 0, 1, NULL},
	{"hellorequest", NUMBER, AT(hellorequest), 0, 1000000, NULL},
	{"verify", NUMBER, AT(verify), 0, 1, NULL},
	{"timeout", NUMBER, AT(timeout), 1, 86400, NULL},
	{"limit", NUMBER, AT(limit), 1, 86400, NULL},
	{"verbose", NUMBER, AT(verbose), 0, 1, NULL},
	{"watch", NUMBER, AT(watch), 0, 1, NULL},
	{"jobs", NUMBER, AT(jobs), 1, 64, NULL},
#undef AT
};

void options_default(struct options *o) {
	memset(o, 0, sizeof *o);
	o->name = "-";
	o->host = "127.0.0.1";
	o->version = "any";
	o->mode = MODE_RESET;
	o->cycles = 1;
	o->bytes = 64;
	o->chunk = 1 << 14;
	o->timeout = 20;
	o->limit = 120;
	o->jobs = 1;
}

static const char *set_number(const struct option *opt, void *at, const char *value) {
	char *end;
	long n = strtol(value, &end, 10);
	if (*end || end == value || n < opt->min || n > opt->max) return "not a number in range";
	if (opt->kind == LONG)
		*(long *)at = n;
	else
		*(int *)at = n;
	return NULL;
}

static const char *set_choice(const struct option *opt, void *at, const char *value) {
	for (int i = 0; i < opt->max; i++)
		if (!strcmp(opt->names[i], value)) {
			*(int *)at = i; /* every enum here has int's size: gcc and clang on Linux */
			return NULL;
		}
	return "not one of its values";
}

const char *options_set(struct options *o, char *word) {
	char *value = strchr(word, '=');
	if (!value) return "not key=value";
	*value++ = 0;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (strcmp(table[i].key, word)) continue;
		void *at = (char *)o + table[i].offset;
		switch (table[i].kind) {
		case TEXT: *(const char **)at = value; return NULL;
		case CHOICE: return set_choice(&table[i], at, value);
		default: return set_number(&table[i], at, value);
		}
	}
	return "no such option";
}
