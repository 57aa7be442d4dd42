package config

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

func TestExampleIsValidAsItIs(t *testing.T) {
	if all := settingsOf(t, Example()); len(all) != 1 || all[0].Name != "terminals" {
		t.Errorf("%+v", all)
	}
}

func TestPackagedConfigurationIsValid(t *testing.T) {
	text, err := os.ReadFile("../../packaging/parley.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if all := settingsOf(t, string(text)); len(all) != 1 || all[0].Admin.Address != "/run/parley/admin.sock" {
		t.Errorf("%+v", all)
	}
	uncommented := regexp.MustCompile(`(?m)^    #( *)(\S)`).ReplaceAllString(string(text), "    $1$2")
	if all := settingsOf(t, uncommented); len(all[0].Certs) != 1 || all[0].Backend.Name != "127.0.0.1:8080" {
		t.Errorf("with what it proposes: %+v", all)
	}
}

func TestExampleIsValidWithEveryKeyOn(t *testing.T) {
	text := regexp.MustCompile(`(?m)^( *)#(\S)`).ReplaceAllString(Example(), "$1$2")
	text = strings.Replace(text, "mode: none", "mode: request", 1)          // or ca would have nothing to do
	text = strings.Replace(text, "certificate: [terminal.example]", "#", 1) // nor goes it together with min_version
	d, err := Parse("example", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Settings(); err != nil {
		t.Fatal(err)
	}
	for key := range eachKey(reflect.TypeFor[File](), "") {
		if _, ok := d.places[strings.NewReplacer("[]", "[0]", ".NAME", ".app").Replace(key)]; !ok && key != "permissions[].match.certificate" {
			t.Errorf("the example does not have %s", key)
		}
	}
}

func TestWordsOfKeysAreThoseOfTheirFlags(t *testing.T) {
	for key, f := range eachKey(reflect.TypeFor[Listener](), "") {
		if strings.Contains(key, "[]") {
			continue // of a list, whose entries are no flags
		}
		for word := range strings.FieldsSeq(f.Tag.Get("words")) {
			l := Listener{Backend: "b:1"}
			v := reflect.ValueOf(&l).Elem()
			for part := range strings.SplitSeq(key, ".") {
				name, isList := strings.CutSuffix(part, "[]")
				inner, _ := fieldOf(v.Type(), name)
				if v = v.FieldByIndex(inner.Index); isList {
					v.Set(reflect.MakeSlice(v.Type(), 1, 1))
					v = v.Index(0)
				}
			}
			v.SetString(word)
			for i := range l.Routes {
				l.Routes[i].SNI, l.Routes[i].Backend = []string{"old.example"}, "b:2"
			}
			if l.ClientAuth.CRLExpired != "" {
				l.ClientAuth.Mode, l.ClientAuth.CRL = "require", []string{"crl"}
			}
			if l.ClientAuth.Mode != "" && l.ClientAuth.Mode != "none" {
				l.ClientAuth.CA = "ca"
			}
			d := &Document{File: File{Listeners: []Listener{l}}}
			if _, err := d.Settings(); err != nil {
				t.Errorf("%s: %s: %v", key, word, err)
			}
		}
	}
}

func TestSchemaHasEveryKey(t *testing.T) {
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	for key := range eachKey(reflect.TypeFor[File](), "") {
		var node map[string]any
		if err := json.Unmarshal(text, &node); err != nil {
			t.Fatal(err)
		}
		for part := range strings.SplitSeq(key, ".") {
			name, isList := strings.CutSuffix(part, "[]")
			if name == "NAME" {
				node, _ = node["additionalProperties"].(map[string]any)
				continue
			}
			properties, _ := node["properties"].(map[string]any)
			node, _ = properties[name].(map[string]any)
			if isList {
				node, _ = node["items"].(map[string]any)
			}
		}
		if node == nil {
			t.Errorf("the schema does not have %s", key)
		}
	}
}

// Each key has its line in the manual, with the words that the program has for it.
func TestManualHasEveryKey(t *testing.T) {
	manual, err := os.ReadFile("../../docs/config.md")
	if err != nil {
		t.Fatal(err)
	}
	for key, f := range eachKey(reflect.TypeFor[File](), "") {
		line := fmt.Sprintf("| `%s` | %s |\n", key, inManual(f))
		if !strings.Contains(string(manual), line) {
			t.Errorf("docs/config.md has no line\n%s", line)
		}
	}
}

// inManual is what the manual says of a key.
func inManual(f reflect.StructField) string {
	text := f.Tag.Get("about")
	if words := f.Tag.Get("words"); words != "" {
		text += " One of `" + strings.ReplaceAll(words, " ", "`, `") + "`."
	}
	return text
}

// eachKey goes through all keys in their order: listeners[].limits.idle_timeout.
func eachKey(t reflect.Type, path string) func(func(string, reflect.StructField) bool) {
	return func(yield func(string, reflect.StructField) bool) {
		for f := range t.Fields() {
			key, inside := join(path, f.Tag.Get("key")), f.Type
			if inside.Kind() == reflect.Slice && inside.Elem().Kind() == reflect.Struct {
				inside = inside.Elem()
				key += "[]"
			}
			if inside.Kind() == reflect.Map {
				inside = inside.Elem()
				key += ".NAME"
			}
			if inside.Kind() != reflect.Struct {
				if !yield(key, f) {
					return
				}
				continue
			}
			for below, g := range eachKey(inside, key) {
				if !yield(below, g) {
					return
				}
			}
		}
	}
}
