package config

import (
	"reflect"
	"strings"
)

// Example is a configuration with every key, each explained. Those that need not
// be there stand in comments, with a value that could be.
func Example() string {
	e := example{}
	e.line("# Configuration of parley serve. Each key is the word of a flag; parley check FILE says")
	e.line("# what is wrong with it, and what each kind of client gets. A key that stands in a")
	e.line("# comment shows a value that it could have.")
	e.keys(reflect.TypeFor[File](), "", false, false)
	return e.text.String()
}

// exampleWidth bounds the lines of explanation.
const exampleWidth = 88

// An example is made of the tags of the structs.
type example struct{ text strings.Builder }

func (e *example) line(s string) { e.text.WriteString(s + "\n") }

// keys explains the keys of a struct. In a list the first one has the dash, which
// stands in the indent.
func (e *example) keys(t reflect.Type, indent string, inList, hidden bool) {
	for f := range t.Fields() {
		e.key(f, indent, inList, hidden)
		inList = false
	}
}

func (e *example) key(f reflect.StructField, indent string, first, hidden bool) {
	if indent == "" {
		e.line("")
	}
	e.about(f, indent)
	name, inside := f.Tag.Get("key"), f.Type
	if inside.Kind() == reflect.Map {
		inside = inside.Elem()
		hidden = hidden || !hasShown(inside)
		e.setting(indent, name+":", first, hidden)
		e.setting(indent+"  ", f.Tag.Get("name")+":", false, hidden)
		e.keys(inside, indent+"    ", false, hidden)
		return
	}
	isList := inside.Kind() == reflect.Slice && inside.Elem().Kind() == reflect.Struct
	if isList {
		inside = inside.Elem()
	}
	if inside.Kind() != reflect.Struct {
		e.setting(indent, name+": "+f.Tag.Get("example"), first, hidden || f.Tag.Get("shown") == "")
		return
	}
	hidden = hidden || !hasShown(inside)
	e.setting(indent, name+":", first, hidden)
	if isList {
		indent += "  "
	}
	e.keys(inside, indent+"  ", isList, hidden)
}

// setting writes a line of YAML that is right once a # before it is taken away.
func (e *example) setting(indent, text string, first, hidden bool) {
	if first {
		indent, text = indent[2:], "- "+text
	}
	if hidden {
		text = "#" + text
	}
	e.line(indent + text)
}

// about writes what a key means, and its words, as comments.
func (e *example) about(f reflect.StructField, indent string) {
	text := f.Tag.Get("about")
	if words := f.Tag.Get("words"); words != "" {
		text += " One of: " + strings.ReplaceAll(words, " ", ", ") + "."
	}
	line := indent + "#"
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > exampleWidth {
			e.line(line)
			line = indent + "#"
		}
		line += " " + word
	}
	e.line(line)
}

// hasShown says whether a key of a struct is written without a comment.
func hasShown(t reflect.Type) bool {
	for f := range t.Fields() {
		if f.Tag.Get("shown") != "" {
			return true
		}
	}
	return false
}
