package demo_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/demo"
	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/wire"
)

func TestEverySceneGoesAsItIsToldInEveryVersion(t *testing.T) {
	for _, version := range []string{"", "1.0", "1.1", "1.2"} {
		for _, name := range demo.Names() {
			t.Run(name+" "+version, func(t *testing.T) {
				var out bytes.Buffer
				o := demo.Options{Out: &out, Style: report.Style{Width: 100}, Scenes: []string{name}}
				if err := o.Speak(version); err != nil {
					t.Fatal(err)
				}
				if err := demo.Run(context.Background(), o); err != nil {
					t.Fatalf("%v\n%s", err, out.String())
				}
			})
		}
	}
}

// What a stranger learns from the first command is held here, in the order told.
func TestDemoTellsTheStory(t *testing.T) {
	var out bytes.Buffer
	if err := demo.Run(context.Background(), demo.Options{Out: &out, Style: report.Style{Width: 100}}); err != nil {
		t.Fatal(err)
	}
	rest := out.String()
	for _, want := range []string{
		"1. The founding client", "record header 0x0301", "reneg-reset-hello", "bound by session and reply",
		"served.", "wrong", "2. A healthy client", "reneg-secure-hello", "served.",
		"3. The attack", "reneg-reset-hello", "alert handshake_failure (fatal)", "0 bytes", "parley serve --listen",
	} {
		i := strings.Index(rest, want)
		if i < 0 {
			t.Fatalf("%q is not told, or too early:\n%s", want, out.String())
		}
		rest = rest[i:]
	}
}

func TestUnknownWordsAreNamed(t *testing.T) {
	if err := demo.Known([]string{"reset", "resett"}); err == nil || !strings.Contains(err.Error(), `"resett"`) {
		t.Errorf("an unknown scene gives %v", err)
	}
	if err := new(demo.Options).Speak("1.3"); err == nil || !strings.Contains(err.Error(), `"1.3"`) {
		t.Errorf("an unknown version gives %v", err)
	}
	for _, word := range []string{"1.0", "TLSv1.0", "tls1.0", "TLS 1.0"} {
		var o demo.Options
		if err := o.Speak(word); err != nil || o.TLS != wire.VersionTLS10 {
			t.Errorf("%q gives %v, %v", word, o.TLS, err)
		}
	}
}
