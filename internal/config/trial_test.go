package config

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAProfilesNameAloneIsATrial(t *testing.T) {
	short := settingsOf(t, "listeners:\n  - listen: 127.0.0.1:1\n    trial: modern\n")[0].Trial
	long := settingsOf(t, "listeners:\n  - listen: 127.0.0.1:1\n    trial: {profile: modern}\n")[0].Trial
	if short == nil || long == nil || short.Name != "modern" || long.Name != short.Name || !short.Settings.Policy.Strict {
		t.Errorf("%+v, %+v", short, long)
	}
}

func TestATrialWithoutPermissions(t *testing.T) {
	const permission = `
permissions:
  - {name: old-terminals, owner: o, reason: r, until: 2099-01-01, after: warn, match: {from: 192.0.2.1}, grant: {min_version: 1.0}}
`
	for without, want := range map[string]string{"[old-terminals]": "", "all": "", "[old-terminal]": "did you mean old-terminals?", "[x, all]": "there is no such permission"} {
		d, err := Parse("c.yaml", []byte("listeners:\n  - listen: 127.0.0.1:1\n    trial: {without: "+without+"}"+permission))
		if err != nil {
			t.Fatal(err)
		}
		all, err := d.Settings()
		switch {
		case want == "" && (err != nil || all[0].Trial == nil || len(all[0].Trial.Without) != 1):
			t.Errorf("%s: %v", without, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "c.yaml:3:")):
			t.Errorf("%s: %v", without, err)
		}
	}
}

func TestWhatIsWrongInATrialIsToldWhereItStands(t *testing.T) {
	for text, want := range map[string][]string{
		"modrn":                            {"c.yaml:3:", "trial.profile", "did you mean modern?"},
		"{profil: modern}":                 {"c.yaml:3:", "trial.profil", "did you mean profile?"},
		"[modern]":                         {"c.yaml:3:", "trial", "there must be keys here"},
		"{min_version: 0.9}":               {"c.yaml:3:", "trial.min_version"},
		"{suites: [ROT13]}":                {"c.yaml:3:", "trial.suites", "ROT13"},
		"{profile: modern, reset: accept}": {"c.yaml:3:", "trial.reset", "RFC 5746"},
	} {
		d, err := Parse("c.yaml", []byte("listeners:\n  - listen: 127.0.0.1:1\n    trial: "+text+"\n"))
		if err == nil {
			_, err = d.Settings()
		}
		if err == nil || slices.ContainsFunc(want, func(part string) bool { return !strings.Contains(err.Error(), part) }) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// What parley clients --suggest writes is taken once it is filled in, and not before.
func TestSuggestedPermissionsAreRefusedUntilTheyAreFilledIn(t *testing.T) {
	const suggested = `listeners:
  - listen: 127.0.0.1:1
permissions:
  # 2 clients
  - name: clients-1
    owner: FILL-IN
    reason: FILL-IN
    until: FILL-IN
    after: FILL-IN
    match:
      fingerprint: [0123456789abcdef0123456789abcdef]
      from:
        - "192.0.2.2"
        - "2001:db8::/64"
    grant: {min_version: 1.0, suites: [AES128-SHA]}
`
	filled := suggested
	for _, fill := range [][2]string{{"after: FILL-IN", "after: warn"}, {"until: FILL-IN", "until: 2099-01-01"}, {"reason: FILL-IN", "reason: old"}, {"owner: FILL-IN", "owner: me"}} {
		d, err := Parse("c.yaml", []byte(filled))
		if err == nil {
			_, err = d.Settings()
		}
		if err == nil || !strings.Contains(err.Error(), "FILL-IN") {
			t.Errorf("it is taken before %s: %v", fill[1], err)
		}
		filled = strings.Replace(filled, fill[0], fill[1], 1)
	}
	if all := settingsOf(t, filled); len(all[0].Permissions) != 1 {
		t.Errorf("%+v", all[0].Permissions)
	}
}

func TestCheckSaysWhomATrialWouldRefuse(t *testing.T) {
	d, err := Parse("c.yaml", []byte("listeners:\n  - listen: 127.0.0.1:1\n    trial: modern\n"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := d.Check(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	l := c.Listeners[0]
	if l.Trial != "modern" || !slices.Contains(l.Tried, "java-6") || slices.Contains(l.Tried, "founding") || slices.Contains(l.Tried, "windows-xp") {
		t.Errorf("%s: %v", l.Trial, l.Tried) // Windows XP is not served now either
	}
	var out strings.Builder
	if err := c.Terminal(&out, time.Now()); err != nil || !strings.Contains(out.String(), "trial         modern; of the first hellos below it would refuse android-2.3, java-6") {
		t.Errorf("%s, %v", out.String(), err)
	}
}
