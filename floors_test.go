package parley_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const modulePath = "github.com/parley-tls/parley"

// rootOfFloors is what the drawing calls the root package.
const rootOfFloors = "parley (root)"

// A floorRoom is one package of the drawing in ARCHITECTURE.md, with the folders inside it.
type floorRoom struct {
	name  string
	floor int
}

func TestPackagesImportOnlyLowerFloors(t *testing.T) {
	rooms := readFloors(t)
	for _, p := range listPackages(t, "-e", "./...") {
		from, ok := findRoom(rooms, p.ImportPath)
		if !ok {
			t.Errorf("%s is on no floor of ARCHITECTURE.md", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			if !inModule(imported) {
				continue
			}
			to, ok := findRoom(rooms, imported)
			switch {
			case !ok:
				t.Errorf("%s imports %s, which is on no floor", p.ImportPath, imported)
			case to == from:
				// A folder inside another belongs to it.
			case to.floor >= from.floor:
				t.Errorf("%s (floor %d) imports %s (floor %d)", p.ImportPath, from.floor, imported, to.floor)
			}
		}
	}
}

func TestRootReachesStandardLibraryAndCryptoOnly(t *testing.T) {
	for _, p := range listPackages(t, "-e", "-deps", ".") {
		if p.Standard || inModule(p.ImportPath) {
			continue
		}
		if pathInside(p.ImportPath, "golang.org/x/crypto") || p.ImportPath == "golang.org/x/sys/cpu" {
			continue
		}
		t.Errorf("the root reaches %s", p.ImportPath)
	}
}

func TestNothingBelowTheRootTouchesNetworkClockOrChance(t *testing.T) {
	rooms := readFloors(t)
	root := rooms[slices.IndexFunc(rooms, func(r floorRoom) bool { return r.name == rootOfFloors })]
	for _, p := range listPackages(t, "-e", "./...") {
		r, ok := findRoom(rooms, p.ImportPath)
		if !ok || r.floor >= root.floor {
			continue
		}
		for _, imported := range p.Imports {
			if touchesWorld(imported) {
				t.Errorf("%s imports %s", p.ImportPath, imported)
			}
		}
		for _, file := range p.GoFiles {
			for _, use := range clockUses(t, filepath.Join(p.Dir, file)) {
				t.Error(use)
			}
		}
	}
}

// touchesWorld says whether a standard package gives network, files, clock or randomness.
func touchesWorld(imported string) bool {
	if imported == "net/netip" { // addresses as values, no network
		return false
	}
	for _, root := range []string{"net", "os", "syscall", "crypto/rand", "math/rand", "hash/maphash"} {
		if pathInside(imported, root) {
			return true
		}
	}
	return false
}

// clockFunctions are the functions of package time that read or wait for a clock.
var clockFunctions = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTicker", "NewTimer"}

func clockUses(t *testing.T, file string) []string {
	t.Helper()
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var uses []string
	ast.Inspect(tree, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if pkg, ok := selector.X.(*ast.Ident); ok && pkg.Name == "time" && slices.Contains(clockFunctions, selector.Sel.Name) {
			uses = append(uses, fmt.Sprintf("%s: time.%s", set.Position(n.Pos()), selector.Sel.Name))
		}
		return true
	})
	return uses
}

// floorLine is one line of the drawing: perhaps a floor, a name, two spaces or more, a description.
var floorLine = regexp.MustCompile(`^( \d| {2})  (\S.*?) {2,}\S`)

func readFloors(t *testing.T) []floorRoom {
	t.Helper()
	text, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Floors\n")
	_, drawing, _ := strings.Cut(section, "\n```\n")
	drawing, _, found := strings.Cut(drawing, "\n```\n")
	if !found {
		t.Fatal("ARCHITECTURE.md has no drawing of the floors")
	}
	var rooms []floorRoom
	floor := -1
	for line := range strings.SplitSeq(drawing, "\n") {
		parts := floorLine.FindStringSubmatch(line)
		if parts == nil {
			t.Fatalf("a line of the floors that names no package: %q", line)
		}
		if number := strings.TrimSpace(parts[1]); number != "" {
			if floor, err = strconv.Atoi(number); err != nil {
				t.Fatal(err)
			}
		}
		rooms = append(rooms, floorRoom{name: parts[2], floor: floor})
	}
	if !slices.ContainsFunc(rooms, func(r floorRoom) bool { return r.name == rootOfFloors }) {
		t.Fatalf("the floors have no %q", rootOfFloors)
	}
	return rooms
}

// findRoom finds the room that a package is, or is inside.
func findRoom(rooms []floorRoom, importPath string) (floorRoom, bool) {
	folder := strings.TrimPrefix(strings.TrimPrefix(importPath, modulePath), "/")
	if folder == "" {
		folder = rootOfFloors
	}
	folder = strings.TrimPrefix(folder, "internal/")
	for _, r := range rooms {
		if pathInside(folder, r.name) {
			return r, true
		}
	}
	return floorRoom{}, false
}

func inModule(importPath string) bool { return pathInside(importPath, modulePath) }

// pathInside says whether p is the path root or below it.
func pathInside(p, root string) bool {
	return p == root || strings.HasPrefix(p, path.Clean(root)+"/")
}

// A goPackage is what these tests read of go list's answer.
type goPackage struct {
	ImportPath   string
	Dir          string
	Standard     bool
	GoFiles      []string
	TestGoFiles  []string
	XTestGoFiles []string
	Imports      []string
}

func listPackages(t *testing.T, arguments ...string) []goPackage {
	t.Helper()
	command := exec.Command("go", append([]string{"list", "-json=ImportPath,Dir,Standard,GoFiles,TestGoFiles,XTestGoFiles,Imports", "-tags=interop,browser"}, arguments...)...)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	var packages []goPackage
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		switch err := decoder.Decode(&p); {
		case errors.Is(err, io.EOF):
			return packages
		case err != nil:
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}
