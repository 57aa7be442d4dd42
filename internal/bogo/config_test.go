package bogo

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestConfigSaysWhy(t *testing.T) {
	c, err := readConfig()
	if err != nil {
		t.Fatal(err)
	}
	for glob, why := range c.DisabledTests {
		if _, err := path.Match(glob, ""); err != nil {
			t.Errorf("%q: %v", glob, err)
		}
		if why == "" {
			t.Errorf("%q is disabled without a reason", glob)
		}
	}
	name := regexp.MustCompile(`^:[A-Z0-9_]+:$`)
	for boring, reasons := range c.ErrorMap {
		if !name.MatchString(boring) || len(reasons) == 0 || slices.Contains(reasons, "") {
			t.Errorf("%s maps to %q", boring, reasons)
		}
	}
}

// A case that must pass must run: globs with their stars filled by something
// plausible are matched by no disabled one.
func TestWhatMustPassIsNotDisabled(t *testing.T) {
	c, err := readConfig()
	if err != nil {
		t.Fatal(err)
	}
	globs := mustPassGlobs()
	if len(globs) == 0 {
		t.Fatal("nothing must pass")
	}
	for _, glob := range globs {
		sample := strings.ReplaceAll(glob, "*", "-1")
		if match, err := path.Match(glob, sample); !match || err != nil {
			t.Errorf("%s: %v", glob, err)
		}
		for disabled := range c.DisabledTests {
			if match, _ := path.Match(disabled, sample); match {
				t.Errorf("%s must pass and is disabled by %s", glob, disabled)
			}
		}
	}
}

func TestVerdictFindsEveryLoss(t *testing.T) {
	tests := map[string]string{}
	for _, glob := range mustPassGlobs() {
		tests[strings.ReplaceAll(glob, "*", "-1")] = "PASS"
	}
	tests["SomethingElse"] = "FAIL"
	if amiss, err := Verdict(results(tests)); err != nil || len(amiss) > 0 {
		t.Errorf("got %q, %v where all passed", amiss, err)
	}
	tests["MinorVersionTolerance"] = "SKIP"
	tests["UnknownCurve"] = "FAIL"
	delete(tests, "HttpGET")
	amiss, err := Verdict(results(tests))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"UnknownCurve: FAIL (must pass by UnknownCurve)",
		"MinorVersionTolerance: SKIP (must pass by MinorVersionTolerance)",
		"HttpGET: no such case ran",
	}
	if !slices.Equal(amiss, want) {
		t.Errorf("got %q, want %q", amiss, want)
	}
	if _, err := Verdict(strings.NewReader("PASS")); err == nil {
		t.Error("what is not JSON was read")
	}
}

func results(tests map[string]string) *strings.Reader {
	var entries []string
	for name, actual := range tests {
		entries = append(entries, `"`+name+`":{"actual":"`+actual+`","expected":"PASS"}`)
	}
	return strings.NewReader(`{"version":3,"tests":{` + strings.Join(entries, ",") + `}}`)
}
