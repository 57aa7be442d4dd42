package config

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// What a file may be, so that one that is none cannot take long to read.
const (
	maxFile  = 1 << 20
	maxLine  = 4096
	maxDepth = 64
)

// A Document is a file that was read, and where in it each key stands.
type Document struct {
	Name string
	File File

	sum    [sha256.Size]byte // of its text
	lines  []string
	places map[string]place // of keys and of the entries of lists, by path
}

// A place is a line and a column, from 1.
type place struct{ line, column int }

// Read reads a file.
func Read(name string) (*Document, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err // it names the file
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return Parse(name, text)
}

// Parse reads a file's text. Its errors are Problems.
func Parse(name string, text []byte) (*Document, error) {
	d := &Document{Name: name, sum: sha256.Sum256(text), lines: strings.Split(string(text), "\n"), places: map[string]place{}}
	if p := d.sane(text); p != nil {
		return nil, Problems{p}
	}
	root, p := d.parse(text)
	if p != nil {
		return nil, Problems{p}
	}
	r := reader{document: d}
	if root != nil {
		r.read(root, &d.File)
	}
	if err := r.problems.orNil(); err != nil {
		return nil, err
	}
	return d, nil
}

// sane keeps from the parser what no configuration is.
func (d *Document) sane(text []byte) *Problem {
	if len(text) > maxFile {
		return d.problem(place{}, "", fmt.Sprintf("this file has more than %d bytes: it is no configuration", maxFile), "")
	}
	depth := 0
	for n, line := range d.lines {
		if len(line) > maxLine {
			return d.problem(place{n + 1, 1}, "", fmt.Sprintf("this line has more than %d bytes", maxLine), "write a list as one entry on each line")
		}
		depth += strings.Count(line, "[") + strings.Count(line, "{") - strings.Count(line, "]") - strings.Count(line, "}")
		if depth > maxDepth || strings.Count(line, "- ") > maxDepth || strings.Count(line, "? ") > maxDepth {
			return d.problem(place{n + 1, 1}, "", "this is nested deeper than any configuration", "")
		}
	}
	return nil
}

// parse gives the root of the only document; nil: the file is empty.
func (d *Document) parse(text []byte) (root ast.Node, p *Problem) {
	defer func() {
		// A file that is read again must not end a server that is running, whatever
		// the parser makes of it.
		if recover() != nil {
			root, p = nil, d.problem(place{}, "", "this is not YAML that can be read", "")
		}
	}()
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, d.syntax(err)
	}
	for _, doc := range file.Docs {
		switch {
		case doc.Body == nil:
		case root != nil:
			return nil, d.problem(placeOf(doc.Body), "", "this is a second document in one file", "put all into the first, and take away the line ---")
		default:
			root = doc.Body
		}
	}
	return root, nil
}

// syntax is an error of the parser's.
func (d *Document) syntax(err error) *Problem {
	var own yaml.Error
	if !errors.As(err, &own) || own.GetToken() == nil {
		return d.problem(place{}, "", "this is not YAML that can be read", "")
	}
	at := own.GetToken().Position
	advice := ""
	if strings.Contains(own.GetMessage(), "'\t'") {
		advice = "indent with spaces"
	}
	return d.problem(place{at.Line, at.Column}, "", "this is not YAML: "+shown(own.GetMessage()), advice)
}

func (d *Document) problem(at place, key, problem, advice string) *Problem {
	return &Problem{File: d.Name, Line: at.line, Column: at.column, Key: key, Problem: problem, Advice: advice,
		excerpt: around(d.lines, at.line, at.column)}
}
