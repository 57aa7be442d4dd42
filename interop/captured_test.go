package interop

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/dissect"
)

const rigCaptures = "../testdata/captures/rig"

// manifest lists the rig's captures.
func manifest(t *testing.T) []Captured {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(rigCaptures, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []Captured
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Fatal("the manifest is empty")
	}
	return list
}

// What the rig captured of real peers is said rightly: finding, level, culprit,
// confidence, the kinds of second hello, and the decisive frame.
func TestCapturesOfTheRigAreSaidAsTheManifestSays(t *testing.T) {
	for _, c := range manifest(t) {
		t.Run(c.File, func(t *testing.T) {
			if got := c.said(t, false); !got.Same(c.Sealed) {
				t.Errorf("without keys it says %s,\nnot %s", got, c.Sealed)
			}
			if c.Opened == nil {
				return
			}
			if got := c.said(t, true); !got.Same(*c.Opened) {
				t.Errorf("with keys it says %s,\nnot %s", got, *c.Opened)
			}
		})
	}
}

func (c Captured) said(t *testing.T, opened bool) Said {
	t.Helper()
	file, err := os.ReadFile(filepath.Join(rigCaptures, c.File))
	if err != nil {
		t.Fatal(err)
	}
	keys := dissect.NewKeyring()
	if opened && c.Key != "" {
		pem, err := os.ReadFile(filepath.Join(rigCaptures, c.Key))
		if err == nil {
			err = keys.AddKey(filepath.Base(c.Key), pem)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	list, err := Read(file, keys, opened)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d connections, %v", len(list), err)
	}
	return Says(diagnose.Diagnose(list[0]))
}

func TestEveryCaptureOfTheRigIsInTheManifest(t *testing.T) {
	listed := map[string]bool{}
	for _, c := range manifest(t) {
		listed[c.File] = true
	}
	files, err := filepath.Glob(filepath.Join(rigCaptures, "*.pcapng"))
	if err != nil || len(files) != len(listed) {
		t.Errorf("%d files, %d in the manifest, %v", len(files), len(listed), err)
	}
	for _, f := range files {
		if !listed[filepath.Base(f)] {
			t.Errorf("%s is not in the manifest", f)
		}
	}
}
