package handover

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// A Given is a descriptor that this process was given.
type Given struct {
	Name string
	File *os.File
}

// What the environment says. The process that starts another does not know its
// number yet: a predecessor says its own, which is then our parent's.
const (
	envPID         = "LISTEN_PID"
	envCount       = "LISTEN_FDS"
	envNames       = "LISTEN_FDNAMES"
	envPredecessor = "PARLEY_PREDECESSOR"
)

// firstFD is SD_LISTEN_FDS_START.
const firstFD = 3

// maxGiven bounds the descriptors that are taken: more cannot be meant.
const maxGiven = 4096

// named is a descriptor's number and name.
type named struct {
	fd   int
	name string
}

// inherited reads from the environment what a process was given. What is meant
// for another process is not.
func inherited(get func(string) string, pid, parent int) ([]named, error) {
	count := get(envCount)
	if count == "" || get(envPID) != strconv.Itoa(pid) && get(envPredecessor) != strconv.Itoa(parent) {
		return nil, nil
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < 0 || n > maxGiven {
		return nil, fmt.Errorf("%s is %q, which is no number from 0 to %d; whoever starts this process must set it or leave it out", envCount, count, maxGiven)
	}
	names := strings.Split(get(envNames), ":")
	out := make([]named, n)
	for i := range out {
		out[i] = named{firstFD + i, "unknown"} // as sd_listen_fds_with_names calls it
		if i < len(names) && names[i] != "" {
			out[i].name = names[i]
		}
	}
	return out, nil
}

// inherit takes what this process was given, once: the processes that it starts
// are given nothing by the environment that is left.
func inherit() ([]Given, error) {
	all, err := inherited(os.Getenv, os.Getpid(), os.Getppid())
	for _, name := range []string{envPID, envCount, envNames, envPredecessor} {
		_ = os.Unsetenv(name) // it cannot fail for these names
	}
	var out []Given
	for _, g := range all {
		f, err := take(g.fd, g.name)
		if err != nil {
			return nil, fmt.Errorf("%s says that descriptor %d was given: %w", envCount, g.fd, err)
		}
		out = append(out, Given{g.name, f})
	}
	return out, err
}
