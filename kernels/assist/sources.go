package assist

import (
	"errors"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// sources reads packages where their source stands: the standard library, the module of the cells, and the modules that it requires.
type sources struct {
	root    string
	goroot  func() string
	folders cache[*folder]
	typed   cache[*types.Package]
	module  func() module
	std     func() []known
	foreign func() []known // in the modules that ours imports from
	mu      sync.Mutex     // of own
	own     []known
	ownAt   time.Time
}

// cache keeps what was made of a folder, until its stamp changes.
type cache[T any] struct {
	mu   sync.Mutex
	kept map[string]stamped[T]
}

type stamped[T any] struct {
	stamp string
	value T
}

func (c *cache[T]) get(key, stamp string) (value T, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.kept[key]
	return s.value, ok && s.stamp == stamp
}

func (c *cache[T]) put(key, stamp string, value T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == nil {
		c.kept = map[string]stamped[T]{}
	}
	c.kept[key] = stamped[T]{stamp, value}
}

// known is a package by its import path and its name, as far as the path tells it.
type known struct{ path, name string }

func newSources(root string) *sources {
	s := &sources{root: root, goroot: sync.OnceValue(goroot)}
	s.module = sync.OnceValue(func() module { return readModule(root) })
	s.std = sync.OnceValue(func() []known { return packagesBelow(filepath.Join(s.goroot(), "src"), "") })
	s.foreign = sync.OnceValue(func() (all []known) {
		for _, path := range s.module().direct {
			all = append(all, packagesBelow(s.module().dirs[path], path)...)
		}
		return all
	})
	return s
}

// goroot is the folder of the Go that is installed.
func goroot() string {
	if dir := build.Default.GOROOT; dir != "" {
		if _, err := os.Stat(filepath.Join(dir, "src", "fmt")); err == nil {
			return dir
		}
	}
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// list is the packages of the standard library and of the module.
func (s *sources) list() []known {
	std := s.std()
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.module(); m.path != "" && time.Since(s.ownAt) > 10*time.Second {
		s.own = packagesBelow(s.root, m.path)
		s.ownAt = time.Now()
	}
	return append(std[:len(std):len(std)], s.own...)
}

// packagesBelow is the folders with Go files that others may import.
func packagesBelow(dir, prefix string) (found []known) {
	have := map[string]bool{}
	_ = filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // what cannot be read is left out
		}
		name := d.Name()
		if d.IsDir() && file != dir {
			switch {
			case strings.HasPrefix(name, "."), strings.HasPrefix(name, "_"), name == "testdata", name == "vendor", name == "internal",
				name == "node_modules", prefix == "" && (name == "cmd" || name == "builtin"):
				return filepath.SkipDir
			}
			if _, err := os.Stat(filepath.Join(file, "go.mod")); prefix != "" && err == nil {
				return filepath.SkipDir // another module
			}
		}
		folder := filepath.Dir(file)
		if d.IsDir() || have[folder] || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		if prefix != "" && isCommand(file) {
			return nil
		}
		have[folder] = true
		if rel, err := filepath.Rel(dir, folder); err == nil {
			p := path.Join(prefix, filepath.ToSlash(rel))
			found = append(found, known{p, nameOf(p)})
		}
		return nil
	})
	return found
}

// isCommand is whether a file belongs to package main.
func isCommand(file string) bool {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.PackageClauseOnly)
	return err == nil && f.Name.Name == "main"
}

// dir is the folder of a package, or "".
func (s *sources) dir(importPath string) string {
	if dir := s.module().dir(importPath); dir != "" {
		return dir
	}
	dir := filepath.Join(s.goroot(), "src", filepath.FromSlash(importPath))
	if info, err := os.Stat(dir); err != nil || !info.IsDir() || importPath == "" {
		return ""
	}
	return dir
}

// docs is the comments of the package in a folder.
func (s *sources) docs(dir string) *folder {
	names, stamp := goFiles(dir)
	if f, ok := s.folders.get(dir, stamp); ok {
		return f
	}
	f := readFolder(dir, names, stamp)
	s.folders.put(dir, stamp, f)
	return f
}

var errNoSource = errors.New("assist: reading a package: its source is not on this machine")

// types is a package type-checked from its source without the bodies of its functions. Packages that it imports are followed within the module, and one
// step outside of it; a type from further away is unknown.
func (s *sources) types(importPath string) (*types.Package, error) {
	return s.typesFor(importPath, 1, nil)
}

// typesFor is types with the number of steps left, for the packages that are being read: one that imports itself is refused.
func (s *sources) typesFor(importPath string, depth int, importers []string) (*types.Package, error) {
	if importPath == "unsafe" {
		return types.Unsafe, nil
	}
	dir := s.dir(importPath)
	if dir == "" || depth < 0 || slices.Contains(importers, importPath) {
		return nil, errNoSource
	}
	names, stamp := goFiles(dir)
	key := importPath
	if !s.module().owns(importPath) && depth == 0 {
		key += " alone"
	}
	if pkg, ok := s.typed.get(key, stamp); ok {
		return pkg, nil
	}
	fset := token.NewFileSet()
	files := parse(fset, dir, names, 0)
	if len(files) == 0 {
		return nil, errNoSource
	}
	for _, f := range files {
		outlined(f)
	}
	importers = append(slices.Clone(importers), importPath)
	config := types.Config{
		FakeImportC: true, IgnoreFuncBodies: true, Error: func(error) {},
		Importer: importerFunc(func(next string) (*types.Package, error) {
			if s.module().owns(next) {
				return s.typesFor(next, depth, importers)
			}
			return s.typesFor(next, depth-1, importers)
		}),
	}
	pkg, _ := config.Check(importPath, fset, files, nil)
	if pkg == nil {
		return nil, errNoSource
	}
	s.typed.put(key, stamp, pkg)
	return pkg, nil
}
