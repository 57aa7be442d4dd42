/* The stream's bytes: any loss, repetition, exchange or foreign byte shows. */
#include "rig.h"

uint64_t pattern_seed(const char *name) {
	uint64_t h = 14695981039346656037u;
	for (; *name; name++) h = (h ^ (unsigned char)*name) * 1099511628211u;
	return h;
}

/* The finalizer of splitmix64: a well mixed word for each place. */
static uint64_t word(uint64_t seed, uint64_t index) {
	uint64_t z = seed + (index + 1) * 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* Lines of one letter, which read the same backwards: openssl s_server -rev echoes each line reversed. */
enum { LINE = 64 };

void pattern_fill(enum pattern p, uint64_t seed, uint64_t place, unsigned char *out, size_t n) {
	for (size_t i = 0; i < n; i++, place++) {
		if (p == PATTERN_LINES)
			out[i] = place % LINE == LINE - 1 ? '\n' : 'a' + word(seed, place / LINE) % 26;
		else
			out[i] = word(seed, place / 8) >> place % 8 * 8;
	}
}
