#include "rig.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void say(const char *format, ...) {
	char line[1024];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(line, sizeof line - 1, format, args);
	va_end(args);
	if (n > (int)sizeof line - 2) n = sizeof line - 2;
	line[n++] = '\n';
	if (write(STDOUT_FILENO, line, n) < 0) _exit(3); /* nobody listens any more */
}

void say_errors(const char *who, const char *name) {
	unsigned long code;
	char text[256];
	while ((code = ERR_get_error())) {
		ERR_error_string_n(code, text, sizeof text);
		say("error %s=%s %s", who, name, text);
	}
}

int64_t now_ms(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ll + t.tv_nsec / 1000000;
}
