package parley_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// findingIndexLine is a line of the index of findings: an id that is a link to its page.
var findingIndexLine = regexp.MustCompile(`(?m)^\| \[([a-z0-9-]+)\]\(([a-z0-9-]+)\.md\) \|`)

func TestEveryFindingHasAPageAndIsIndexed(t *testing.T) {
	pages := findingPages(t)
	index, err := os.ReadFile("docs/findings/README.md")
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, m := range findingIndexLine.FindAllStringSubmatch(string(index), -1) {
		if m[1] != m[2] {
			t.Errorf("the index links %s to the page of %s", m[1], m[2])
		}
		listed = append(listed, m[1])
	}
	slices.Sort(listed)
	if !slices.Equal(listed, pages) {
		t.Errorf("pages: %v\nindex: %v", pages, listed)
	}
	for _, id := range pages {
		page, err := os.ReadFile(filepath.Join("docs/findings", id+".md"))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(page), "# "+id+"\n") {
			t.Errorf("the page of %s has another title", id)
		}
	}
}

// TestEveryFindingInCodeHasAPage reads the ids out of the code: whatever is given to a field or
// constant called Finding, and every string that is made like an id.
func TestEveryFindingInCodeHasAPage(t *testing.T) {
	pages := findingPages(t)
	for id, place := range findingsInCode(t) {
		if !slices.Contains(pages, id) {
			t.Errorf("%s: the finding %q has no page in docs/findings", place, id)
		}
	}
}

func findingPages(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("docs/findings/*.md")
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, file := range files {
		if id := strings.TrimSuffix(filepath.Base(file), ".md"); id != "README" {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// madeLikeAnID matches the families of ids that no other string of the code begins as.
var madeLikeAnID = regexp.MustCompile(`^(reneg|version|suite|curve|signature|cert|client-cert|record|resume|capture)(-[a-z0-9]+)+$`)

func findingsInCode(t *testing.T) map[string]token.Position {
	t.Helper()
	found := map[string]token.Position{}
	set := token.NewFileSet()
	for _, p := range listPackages(t, "-e", "./...") {
		if pathInside(p.ImportPath, modulePath+"/internal/bogo") {
			continue // its flags are another project's words, some made like ids
		}
		for _, file := range p.GoFiles {
			tree, err := parser.ParseFile(set, filepath.Join(p.Dir, file), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(tree, func(n ast.Node) bool {
				for _, id := range findingIn(n) {
					found[id] = set.Position(n.Pos())
				}
				return true
			})
		}
	}
	return found
}

// findingIn gives the ids that one node names.
func findingIn(n ast.Node) []string {
	switch n := n.(type) {
	case *ast.BasicLit:
		if id := literalText(n); madeLikeAnID.MatchString(id) {
			return []string{id}
		}
	case *ast.KeyValueExpr:
		if name, ok := n.Key.(*ast.Ident); ok && name.Name == "Finding" && literalText(n.Value) != "" {
			return []string{literalText(n.Value)}
		}
	case *ast.ValueSpec:
		var ids []string
		for i, name := range n.Names {
			if strings.HasPrefix(name.Name, "Finding") && i < len(n.Values) && literalText(n.Values[i]) != "" {
				ids = append(ids, literalText(n.Values[i]))
			}
		}
		return ids
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			field, ok := left.(*ast.SelectorExpr)
			if ok && field.Sel.Name == "Finding" && i < len(n.Rhs) && literalText(n.Rhs[i]) != "" {
				return []string{literalText(n.Rhs[i])}
			}
		}
	}
	return nil
}

// literalText is a string literal's value, else empty.
func literalText(e ast.Expr) string {
	literal, ok := e.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return ""
	}
	value, err := strconv.Unquote(literal.Value)
	if err != nil {
		return ""
	}
	return value
}

// codeInTable and testInTable match what a compliance table names.
var (
	codeInTable = regexp.MustCompile("`((?:internal|interop|cmd)/[a-z0-9_/.]+|[a-z_]+\\.go)`")
	testInTable = regexp.MustCompile("`((?:Test|Fuzz|Example)[A-Za-z0-9_]*)`")
)

func TestComplianceNamesCodeAndTestsThatExist(t *testing.T) {
	tests := testsInCode(t)
	tables, err := filepath.Glob("docs/compliance/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range tables {
		table, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range codeInTable.FindAllStringSubmatch(string(table), -1) {
			if _, err := os.Stat(m[1]); err != nil {
				t.Errorf("%s names %s, which is not there", file, m[1])
			}
		}
		for _, m := range testInTable.FindAllStringSubmatch(string(table), -1) {
			if !tests[m[1]] {
				t.Errorf("%s names %s, which no test file has", file, m[1])
			}
		}
	}
}

func TestDocumentsNameTestsThatExist(t *testing.T) {
	tests := testsInCode(t)
	for _, file := range []string{"README.md", "ARCHITECTURE.md", "SECURITY.md", "docs/bound-by-session.md", "interop/README.md"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range testInTable.FindAllStringSubmatch(string(text), -1) {
			if !tests[m[1]] && !isPartOfATestsName(tests, m[1]) {
				t.Errorf("%s names %s, which no test file has", file, m[1])
			}
		}
	}
}

// isPartOfATestsName lets a document name tests by what they begin with.
func isPartOfATestsName(tests map[string]bool, start string) bool {
	for name := range tests {
		if strings.HasPrefix(name, start) {
			return true
		}
	}
	return false
}

// testsInCode gives the names of all tests, of those behind the tag interop too.
func testsInCode(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, p := range listPackages(t, "-e", "./...") {
		for _, file := range slices.Concat(p.TestGoFiles, p.XTestGoFiles) {
			tree, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, file), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range tree.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
					names[f.Name.Name] = true
				}
			}
		}
	}
	return names
}
