package build

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Resolve says which imports a program needs: of those declared, in the file or beside it, the ones that it uses, and those that it lacks. Names before a dot that
// neither the program nor any package has are unresolved. A file with syntax errors is resolved as far as it can be read.
func (b *Builder) Resolve(file []byte, declared []Import) (imports []Import, unresolved []string, err error) {
	f, err := parser.ParseFile(token.NewFileSet(), "main.go", file, 0)
	if f == nil {
		return nil, nil, fmt.Errorf("build: reading the program: %w", err)
	}
	for _, spec := range f.Imports {
		i := Import{}
		if i.Path, err = strconv.Unquote(spec.Path.Value); err != nil {
			continue
		}
		if spec.Name != nil {
			i.Alias = spec.Name.Name
		}
		declared = append(slices.Clip(declared), i)
	}
	wanted, free := references(f)
	best := map[string]Import{} // by the name that the program uses
	score := map[string]int{}
	for _, i := range declared {
		switch {
		case i.Alias == "_", i.Path == "C":
			imports = append(imports, i)
		case i.Alias == ".":
			if b.exportsAny(i.Path, free) {
				imports = append(imports, i)
			}
		default:
			name := i.Alias
			if name == "" {
				name = b.name(i.Path)
			}
			if symbols := wanted[name]; symbols != nil {
				if _, twice := best[name]; !twice || best[name].Path != i.Path && b.has(i.Path, symbols) >= score[name] {
					best[name], score[name] = i, b.has(i.Path, symbols)
				}
			}
		}
	}
	scanned := false
	for name, symbols := range wanted {
		if _, found := best[name]; found {
			continue
		}
		path := b.lacking(name, symbols)
		if path == "" && !scanned {
			scanned = true
			if b.rescan(b.ctx) == nil {
				path = b.lacking(name, symbols)
			}
		}
		if path != "" {
			best[name] = Import{Path: path}
		} else {
			unresolved = append(unresolved, name)
		}
	}
	imports = append(imports, slices.Collect(maps.Values(best))...)
	slices.SortFunc(imports, func(a, b Import) int { return strings.Compare(a.Path+" "+a.Alias, b.Path+" "+b.Alias) })
	slices.Sort(unresolved)
	return slices.Compact(imports), unresolved, nil
}

// references are the names that a file selects from without declaring them, with what it selects; and all names that it does not declare.
func references(f *ast.File) (selected map[string]map[string]bool, free map[string]bool) {
	selected, free = map[string]map[string]bool{}, map[string]bool{}
	for _, id := range f.Unresolved {
		free[id.Name] = true
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok && id.Obj == nil && id.Name != "_" {
				if selected[id.Name] == nil {
					selected[id.Name] = map[string]bool{}
				}
				selected[id.Name][sel.Sel.Name] = true
			}
		}
		return true
	})
	return selected, free
}

// lacking is the import that a name stands for: of the packages with that name the first that exports most of what is selected from it, and at least one, be it misspelt.
func (b *Builder) lacking(name string, symbols map[string]bool) (path string) {
	candidates := b.Named(name)
	most := 0
	for _, p := range candidates {
		if n := b.has(p.Path, symbols); n > most {
			path, most = p.Path, n
		}
	}
	for _, p := range candidates {
		if path == "" && slices.ContainsFunc(b.exported(p.Path), func(known string) bool {
			for symbol := range symbols {
				if alike(symbol, known) {
					return true
				}
			}
			return false
		}) {
			path = p.Path
		}
	}
	return path
}

// has counts the symbols that a package exports.
func (b *Builder) has(path string, symbols map[string]bool) (n int) {
	for _, name := range b.exported(path) {
		if symbols[name] {
			n++
		}
	}
	return n
}

// exportsAny says whether a package exports any of the names, or cannot be asked.
func (b *Builder) exportsAny(path string, names map[string]bool) bool {
	known := b.exported(path)
	return known == nil || slices.ContainsFunc(known, func(name string) bool { return names[name] })
}

// name is the name of the package at a path, guessed when there is none: example.com/go-yaml/v3 is yaml.
func (b *Builder) name(at string) string {
	ix, err := b.indexed(b.ctx)
	if err == nil && ix.Packages[at] != nil && ix.Packages[at].Name != "" {
		return ix.Packages[at].Name
	}
	if err == nil {
		for _, p := range ix.Near {
			if p.Path == at {
				return p.Name
			}
		}
	}
	base := path.Base(at)
	if len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" && path.Dir(at) != "." {
		base = path.Base(path.Dir(at))
	}
	base = strings.TrimPrefix(base, "go-")
	if i := strings.IndexFunc(base, func(r rune) bool { return r == '-' || r == '.' }); i > 0 {
		base = base[:i]
	}
	return base
}

// exported are the names that a package exports: from its types, or from its files when it has not been compiled; nil when neither can be had.
func (b *Builder) exported(path string) (names []string) {
	ix, err := b.indexed(b.ctx)
	if err != nil {
		return nil
	}
	e := ix.Packages[path]
	if e != nil && (e.Export != "" || path == "unsafe") {
		b.Types(func(i types.Importer) {
			if pkg, err := i.Import(path); err == nil {
				names = slices.DeleteFunc(pkg.Scope().Names(), func(name string) bool { return !ast.IsExported(name) })
			}
		})
		if names != nil {
			return names
		}
	}
	p := &Package{}
	if e != nil {
		p = e.Package
	}
	for _, near := range ix.Near {
		if near.Path == path && e == nil {
			p = near
		}
	}
	for _, name := range p.GoFiles {
		f, _ := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, 0)
		if f == nil {
			continue
		}
		for symbol := range f.Scope.Objects {
			if ast.IsExported(symbol) {
				names = append(names, symbol)
			}
		}
	}
	return names
}

// alike says whether one name is the other misspelt: another case, or a letter more, less, swapped or wrong.
func alike(a, b string) bool {
	if strings.EqualFold(a, b) {
		return true
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 || len(a) < 4 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	return a[i+1:] == b[i+1:] || i+2 <= len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}
