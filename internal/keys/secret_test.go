package keys

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"testing"
)

const keyMaterial = "the quick brown fox jumps over.."

// leaks looks for the key material in any of the forms in which Go prints bytes.
func leaks(t *testing.T, how, printed string) {
	t.Helper()
	var decimal []string
	for _, b := range []byte(keyMaterial) {
		decimal = append(decimal, strconv.Itoa(int(b)))
	}
	quoted, _ := json.Marshal([]byte(keyMaterial))
	for _, form := range []string{
		keyMaterial[:8],
		hex.EncodeToString([]byte(keyMaterial))[:16],
		fmt.Sprintf("% x", keyMaterial)[:16],
		fmt.Sprintf("%#v", []byte(keyMaterial[:4]))[7:20],
		strings.Join(decimal[:4], " "),
		strings.Join(decimal[:4], ","),
		strings.Trim(string(quoted), `"`)[:12],
	} {
		if strings.Contains(strings.ToLower(printed), strings.ToLower(form)) {
			t.Errorf("%s shows the key: %s", how, printed)
		}
	}
}

// printEveryWay prints v with every verb, json, xml and both slog handlers.
func printEveryWay(t *testing.T, name string, v any) {
	t.Helper()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%#x", "%d", "%o", "%b", "%c", "%U", "%t", "%08.3f"} {
		leaks(t, name+" by "+verb, fmt.Sprintf(verb, v))
	}
	leaks(t, name+" by Sprint", fmt.Sprint(v))
	for how, marshal := range map[string]func(any) ([]byte, error){"json": json.Marshal, "xml": xml.Marshal} {
		b, _ := marshal(v)
		leaks(t, name+" by "+how, string(b))
	}
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("a", "secret", v, slog.Group("g", "secret", v))
	slog.New(slog.NewTextHandler(&out, nil)).Info("a", "secret", v)
	leaks(t, name+" by slog", out.String())
}

func TestSecretShowsNothingHoweverPrinted(t *testing.T) {
	type open struct{ S Secret }
	type closed struct{ s Secret }
	type deep struct{ In *closed }
	s := NewSecret([]byte(keyMaterial))
	for name, v := range map[string]any{
		"a Secret":                     s,
		"a pointer":                    &s,
		"a field":                      open{s},
		"a pointer to a field":         &open{s},
		"an unexported field":          closed{s},
		"a pointer to that":            &closed{s},
		"deep inside":                  deep{&closed{s}},
		"a slice":                      []Secret{s},
		"a slice of unexported fields": []closed{{s}},
		"a map":                        map[string]Secret{"k": s},
		"an interface":                 []any{s, &s},
	} {
		printEveryWay(t, name, v)
	}
}

func TestBlockShowsNothingHoweverPrinted(t *testing.T) {
	k := []byte(keyMaterial)
	b := Block{k, k, k, k, k, k}
	for name, v := range map[string]any{
		"a Block":              b,
		"a pointer":            &b,
		"a field":              struct{ B Block }{b},
		"a pointer in a field": struct{ B *Block }{&b},
		"a slice":              []Block{b},
	} {
		printEveryWay(t, name, v)
	}
}

func TestSecretBelongsToNobodyElse(t *testing.T) {
	given := []byte(keyMaterial)
	s := NewSecret(given)
	clear(given)
	same(t, "after the giver cleared its bytes", s.Bytes(), []byte(keyMaterial))
	clear(s.Bytes())
	same(t, "after a reader cleared its bytes", s.Bytes(), []byte(keyMaterial))
}

func TestZeroSecretIsEmpty(t *testing.T) {
	for name, s := range map[string]Secret{"zero": {}, "of nil": NewSecret(nil), "of nothing": NewSecret([]byte{})} {
		if !s.IsZero() || s.Bytes() != nil {
			t.Errorf("%s: IsZero %v, %d bytes", name, s.IsZero(), len(s.Bytes()))
		}
	}
	if NewSecret([]byte{0}).IsZero() {
		t.Error("a secret of one zero byte is a secret")
	}
}
