package proxy

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// toldInManual are the names that docs/log.md has in the first cells of its tables.
func toldInManual(t *testing.T) map[string]bool {
	t.Helper()
	manual, err := os.ReadFile("../../docs/log.md")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| (`[a-z_0-9]+`(?:, `[a-z_0-9]+`)*) \\|").FindAllStringSubmatch(string(manual), -1) {
		for _, name := range strings.Split(row[1], ",") {
			names[strings.Trim(name, " `")] = true
		}
	}
	return names
}

// Every attribute of a line has its row in the manual, and every row an attribute.
func TestEveryAttributeOfALineIsInTheManual(t *testing.T) {
	told := toldInManual(t)
	written := map[string]bool{"connection": true, "stopped": true}
	for f := range reflect.TypeFor[secondHello]().Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			written[name] = true
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`slog\.[A-Z]\w+\("(\w+)"`).FindAllStringSubmatch(string(text), -1) {
			written[m[1]] = true
		}
	}
	for name := range written {
		if !told[name] {
			t.Errorf("docs/log.md does not tell of %s", name)
		}
	}
	for name := range told {
		if !written[name] {
			t.Errorf("docs/log.md tells of %s, which is not there", name)
		}
	}
}
