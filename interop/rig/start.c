/*
 * How the rig gets to run: preloaded into an old Node.js binary, it takes the
 * place of that program's main. Unlike a constructor this runs after OpenSSL
 * has looked at the processor, so its fast code is used, and has arguments.
 */
#define _GNU_SOURCE
#include "rig.h"
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct command {
	const char *name;
	int (*run)(const struct options *);
} commands[] = {{"client", client_run}, {"batch", batch_run}, {"server", server_run}};

static int rig_main(int argc, char **argv, char **environment) {
	struct options o;
	(void)environment;
	options_default(&o);
	for (int i = 2; i < argc; i++) {
		const char *wrong = options_set(&o, argv[i]);
		if (!wrong) continue;
		fprintf(stderr, "rig: %s: %s\n", argv[i], wrong);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	SSL_library_init();
	SSL_load_error_strings();
	if (SSLeay_version) say("openssl %s", SSLeay_version(0));
	for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof *commands; i++)
		if (!strcmp(argv[1], commands[i].name)) exit(commands[i].run(&o));
	fprintf(stderr, "usage: peer client|batch|server [key=value ...]\n");
	return 2;
}

typedef int main_function(int, char **, char **);
typedef int start_function(main_function *, int, char **, void (*)(void), void (*)(void), void (*)(void), void *);

int __libc_start_main(main_function *main, int argc, char **argv, void (*init)(void), void (*fini)(void), void (*rtld_fini)(void),
                      void *stack_end) {
	(void)main;
	start_function *start = (start_function *)dlsym(RTLD_NEXT, "__libc_start_main");
	return start(rig_main, argc, argv, init, fini, rtld_fini, stack_end);
}
