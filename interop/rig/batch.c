/* Many cases in one process start: loading an old Node.js binary costs more than most cases do. */
#include "rig.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_JOBS = 64 };

struct job {
	pid_t pid;
	char name[256];
};

/* Waits for one job. A job that died of a signal could not say so itself. */
static int reap(struct job *jobs, int *running) {
	int status;
	pid_t pid;
	do
		pid = wait(&status);
	while (pid < 0 && errno == EINTR);
	for (int i = 0; i < MAX_JOBS; i++) {
		if (jobs[i].pid != pid) continue;
		if (WIFSIGNALED(status))
			say("done case=%s status=failed connection=0 handshakes=0 sent=0 received=0 stage=killed reason=%s", jobs[i].name,
			    WTERMSIG(status) == SIGALRM ? "limit" : strsignal(WTERMSIG(status)));
		jobs[i].pid = 0;
	}
	(*running)--;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int run_line(char *line, struct options o) {
	for (char *word = strtok(line, " \n"); word; word = strtok(NULL, " \n")) {
		const char *wrong = options_set(&o, word);
		if (!wrong) continue;
		say("done case=%s status=failed connection=0 handshakes=0 sent=0 received=0 stage=options reason=%s: %s", o.name, word, wrong);
		return 1;
	}
	return client_run(&o);
}

static void remember(struct job *jobs, pid_t pid, const char *line) {
	int i = 0;
	while (jobs[i].pid) i++;
	const char *name = strstr(line, "case=");
	jobs[i].pid = pid;
	strcpy(jobs[i].name, "-");
	if (name) sscanf(name + 5, "%255s", jobs[i].name);
}

int batch_run(const struct options *o) {
	struct job jobs[MAX_JOBS] = {{0}};
	char line[4096];
	int running = 0, ok = 1;
	while (fgets(line, sizeof line, stdin)) {
		if (line[strspn(line, " \n")] == 0) continue;
		if (running == o->jobs) ok &= reap(jobs, &running);
		pid_t pid = fork();
		if (pid < 0) {
			perror("fork");
			return 1;
		}
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			_exit(run_line(line, *o));
		}
		remember(jobs, pid, line);
		running++;
	}
	while (running) ok &= reap(jobs, &running);
	return !ok;
}
