package config

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// A reader fills a File from a tree. It goes on after a problem, so that all are
// told at once.
type reader struct {
	document *Document
	problems Problems
}

// read fills what to points to.
func (r *reader) read(n ast.Node, to any) { r.value(n, "", reflect.ValueOf(to).Elem()) }

// value fills a struct of keys, a list, or a word.
func (r *reader) value(n ast.Node, path string, to reflect.Value) {
	switch to.Kind() {
	case reflect.Struct:
		r.mapping(n, path, to)
	case reflect.Slice:
		r.list(n, path, to)
	case reflect.Map:
		r.entries(n, path, to)
	default:
		to.SetString(r.word(n, path))
	}
}

func (r *reader) mapping(n ast.Node, path string, to reflect.Value) {
	pairs, ok := pairsOf(n)
	if field, short := shortOf(to.Type(), n); !ok && short {
		r.field(n, join(path, field.Tag.Get("key")), field, to)
		return
	}
	if !ok {
		r.complain(n, path, "there must be keys here, each with a value, but "+whatIs(n), "write "+strings.Join(keysOf(to.Type()), ", ")+", as many as you need")
		return
	}
	for _, pair := range pairs {
		key := pair.Key.GetToken().Value
		field, ok := fieldOf(to.Type(), key)
		if !ok {
			r.unknown(pair, path, key, keysOf(to.Type()))
			continue
		}
		below := join(path, key)
		r.document.places[below] = placeOf(pair.Key)
		r.field(pair.Value, below, field, to)
	}
	r.missing(n, path, to.Type())
}

// field fills one of a struct's.
func (r *reader) field(n ast.Node, path string, field reflect.StructField, to reflect.Value) {
	before := len(r.problems)
	r.value(n, path, to.FieldByIndex(field.Index))
	if words := strings.Fields(field.Tag.Get("words")); len(words) > 0 && len(r.problems) == before {
		r.allOf(n, path, words)
	}
}

// shortOf is the key that a word alone stands for in place of keys.
func shortOf(t reflect.Type, n ast.Node) (field reflect.StructField, ok bool) {
	if _, isWord := wordOf(n); !isWord {
		return field, false
	}
	for f := range t.Fields() {
		if f.Tag.Get("short") != "" {
			return f, true
		}
	}
	return field, false
}

// entryName is what an entry may be called: no address is.
var entryName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// entries reads keys that the file chooses.
func (r *reader) entries(n ast.Node, path string, to reflect.Value) {
	pairs, ok := pairsOf(n)
	if !ok {
		r.complain(n, path, "there must be names here, each with its keys, but "+whatIs(n), "write a name of your choice, a colon, and below it, indented, its keys")
		return
	}
	to.Set(reflect.MakeMap(to.Type()))
	for _, pair := range pairs {
		name := pair.Key.GetToken().Value
		if !entryName.MatchString(name) {
			r.complain(pair.Key, join(path, shown(name)), "this cannot be a name", "write up to 64 letters, digits, - and _")
			continue
		}
		below := join(path, name)
		r.document.places[below] = placeOf(pair.Key)
		one := reflect.New(to.Type().Elem()).Elem()
		r.value(pair.Value, below, one)
		to.SetMapIndex(reflect.ValueOf(name), one)
	}
}

// missing tells which keys must be there and are not.
func (r *reader) missing(n ast.Node, path string, t reflect.Type) {
	for f := range t.Fields() {
		key := join(path, f.Tag.Get("key"))
		if _, ok := r.document.places[key]; !ok && f.Tag.Get("required") != "" {
			r.complain(n, key, "this key is missing", "")
		}
	}
}

// allOf holds a word, or each of a list, to the few that there are.
func (r *reader) allOf(n ast.Node, path string, words []string) {
	sequence, isList := n.(*ast.SequenceNode)
	if !isList {
		r.oneOf(n, path, words)
		return
	}
	for i, entry := range sequence.Values {
		r.oneOf(entry, fmt.Sprintf("%s[%d]", path, i), words)
	}
}

// oneOf holds a word to the few that there are.
func (r *reader) oneOf(n ast.Node, path string, words []string) {
	word, _ := wordOf(n)
	if slices.Contains(words, word) {
		return
	}
	advice := "use " + strings.Join(words, ", ")
	if near := nearest(word, words); near != "" {
		advice = fmt.Sprintf("did you mean %s? There are %s", near, strings.Join(words, ", "))
	}
	if slices.Contains([]string{"accept-full", "trust", "isolate"}, word) && strings.HasPrefix(path, "listeners") {
		advice = "grant it, under permissions, to the clients that need it"
	}
	r.complain(n, path, fmt.Sprintf("%q: there is no such choice here", shown(word)), advice)
}

// list reads a list; where words are due, one alone is a list of one.
func (r *reader) list(n ast.Node, path string, to reflect.Value) {
	words := to.Type().Elem().Kind() == reflect.String
	sequence, ok := n.(*ast.SequenceNode)
	if !ok {
		if word, isWord := wordOf(n); isWord && words {
			to.Set(reflect.ValueOf([]string{word}))
			return
		}
		r.complain(n, path, "there must be a list here, but "+whatIs(n), "begin each entry with a dash and a space")
		return
	}
	for i, entry := range sequence.Values {
		below := fmt.Sprintf("%s[%d]", path, i)
		r.document.places[below] = placeOf(entry)
		one := reflect.New(to.Type().Elem()).Elem()
		r.value(entry, below, one)
		to.Set(reflect.Append(to, one))
	}
}

// word reads a word as it is written: 1.0 is not 1.
func (r *reader) word(n ast.Node, path string) string {
	word, ok := wordOf(n)
	switch {
	case !ok:
		advice := ""
		switch n.(type) {
		case *ast.MappingNode, *ast.MappingValueNode: // within braces any colon ends a key
			advice = "if this is one word with a colon in it, put it in quotes"
		}
		r.complain(n, path, "there must be one word here, but "+whatIs(n), advice)
	case word == "":
		r.complain(n, path, "the value is missing", "write one, or leave the key out")
	}
	return word
}

func (r *reader) unknown(pair *ast.MappingValueNode, path, key string, keys []string) {
	problem, advice := "there is no such key here", "there are "+strings.Join(keys, ", ")
	if near := nearest(strings.ReplaceAll(key, "-", "_"), keys); near != "" {
		advice = fmt.Sprintf("did you mean %s?", near)
	}
	if _, merge := pair.Key.(*ast.MergeKeyNode); merge {
		problem, advice = "merging is not read", "write the keys out"
	}
	r.complain(pair.Key, join(path, shown(key)), problem, advice)
}

func (r *reader) complain(n ast.Node, path, problem, advice string) {
	r.problems = append(r.problems, r.document.problem(placeOf(n), path, problem, advice))
}

// pairsOf gives a mapping's keys and values. No value at all is an empty mapping.
func pairsOf(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	case *ast.NullNode:
		return nil, true
	}
	return nil, false
}

// wordOf gives a scalar as it is written; an empty one where there is none.
func wordOf(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return strings.TrimSpace(n.Value.Value), true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	case *ast.NullNode:
		return "", true
	}
	return "", false
}

// whatIs says what stands where something else is due.
func whatIs(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "these are keys with values"
	case *ast.SequenceNode:
		return "this is a list"
	case *ast.AnchorNode, *ast.AliasNode:
		return "this is an anchor or an alias, which is not read"
	case *ast.TagNode:
		return "this is a tag, which is not read"
	}
	return "this is a value"
}

func placeOf(n ast.Node) place {
	for {
		// A mapping's own token is its first colon, and not where it begins.
		pairs, ok := pairsOf(n)
		if !ok || len(pairs) == 0 {
			break
		}
		n = pairs[0].Key
	}
	token := n.GetToken()
	if token == nil || token.Position == nil {
		return place{}
	}
	return place{token.Position.Line, token.Position.Column}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func fieldOf(t reflect.Type, key string) (reflect.StructField, bool) {
	for f := range t.Fields() {
		if f.Tag.Get("key") == key {
			return f, true
		}
	}
	return reflect.StructField{}, false
}

// keysOf lists the keys of a struct, in its order.
func keysOf(t reflect.Type) []string {
	var out []string
	for f := range t.Fields() {
		out = append(out, f.Tag.Get("key"))
	}
	return out
}
