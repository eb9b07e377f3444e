package assist

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"sync"
)

// checked is a cell's program with its types, as far as they could be found.
type checked struct {
	*program
	fset  *token.FileSet
	file  *ast.File
	files []*ast.File // with that of earlier cells
	info  *types.Info
	pkg   *types.Package
	cells *cells
}

// cells is what earlier cells defined, parsed.
type cells struct {
	text    string
	file    *ast.File // without function bodies
	handle  *token.File
	imports []string
	docs    *folder
}

// definitions keeps the last file of earlier definitions, parsed.
type definitions struct {
	mu   sync.Mutex
	last *cells
}

func (d *definitions) parsed(current func() string) *cells {
	text := "package main\n"
	if current != nil {
		text = current()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.last != nil && d.last.text == text {
		return d.last
	}
	fset := token.NewFileSet()
	file, _ := parser.ParseFile(fset, "", text, parser.ParseComments|parser.SkipObjectResolution|parser.AllErrors)
	c := &cells{text: text, file: file, handle: fset.File(file.FileStart), docs: newFolder()}
	c.docs.add(fset, file, text)
	before := unused(file)
	file.Decls = slices.DeleteFunc(file.Decls, func(decl ast.Decl) bool {
		fn, ok := decl.(*ast.FuncDecl)
		return ok && fn.Name.Name == "main" && fn.Recv == nil
	})
	without := unused(file)
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			decl.Body = nil
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				if spec, ok := spec.(*ast.ImportSpec); ok && before[importPath(spec)] == without[importPath(spec)] {
					c.imports = append(c.imports, importLine(spec))
				}
			}
		}
	}
	d.last = c
	return c
}

func importLine(spec *ast.ImportSpec) string {
	line := "import "
	if spec.Name != nil {
		line += spec.Name.Name + " "
	}
	return line + spec.Path.Value
}

// without is the earlier definitions, less what a later file defines anew, and with more imports.
func (c *cells) without(later *ast.File, more []known) *ast.File {
	anew := map[string]bool{}
	for _, decl := range later.Decls {
		for _, name := range declared(decl) {
			anew[name] = true
		}
	}
	file := *c.file
	file.Decls = nil
	for _, p := range more {
		spec := &ast.ImportSpec{Name: ast.NewIdent(p.name), Path: &ast.BasicLit{Kind: token.STRING, Value: strconv.Quote(p.path)}}
		file.Decls = append(file.Decls, &ast.GenDecl{Tok: token.IMPORT, Specs: []ast.Spec{spec}})
	}
	for _, decl := range c.file.Decls {
		names := declared(decl)
		again := 0
		for _, name := range names {
			if anew[name] {
				again++
			}
		}
		switch gen, ok := decl.(*ast.GenDecl); {
		case again == 0:
			file.Decls = append(file.Decls, decl)
		case ok && again < len(names):
			file.Decls = append(file.Decls, blanked(gen, anew))
		}
	}
	return &file
}

// declared is the names that a declaration defines, methods as Type~Name.
func declared(decl ast.Decl) (names []string) {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		name := decl.Name.Name
		if decl.Recv != nil {
			name = receiver(decl) + "~" + name
		}
		return []string{name}
	case *ast.GenDecl:
		for _, spec := range decl.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				names = append(names, spec.Name.Name)
			case *ast.ValueSpec:
				for _, name := range spec.Names {
					names = append(names, name.Name)
				}
			}
		}
	}
	return names
}

// receiver is the name of a method's type.
func receiver(decl *ast.FuncDecl) string {
	if len(decl.Recv.List) == 0 {
		return ""
	}
	for expr := decl.Recv.List[0].Type; ; {
		switch e := expr.(type) {
		case *ast.StarExpr:
			expr = e.X
		case *ast.ParenExpr:
			expr = e.X
		case *ast.IndexExpr:
			expr = e.X
		case *ast.IndexListExpr:
			expr = e.X
		case *ast.Ident:
			return e.Name
		default:
			return ""
		}
	}
}

// blanked is a group of declarations in which those that are made anew have lost their names: their neighbours' iota stays.
func blanked(decl *ast.GenDecl, anew map[string]bool) *ast.GenDecl {
	without := func(id *ast.Ident) *ast.Ident {
		if anew[id.Name] {
			return &ast.Ident{NamePos: id.NamePos, Name: "_"}
		}
		return id
	}
	group := *decl
	group.Specs = nil
	for _, spec := range decl.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			t := *s
			t.Name = without(s.Name)
			spec = &t
		case *ast.ValueSpec:
			v := *s
			v.Names = nil
			for _, name := range s.Names {
				v.Names = append(v.Names, without(name))
			}
			spec = &v
		}
		group.Specs = append(group.Specs, spec)
	}
	return &group
}

// check type-checks a cell. Packages that it or earlier cells use without an import are imported.
func (w world) check(source string, regions []region) *checked {
	cells := w.defined.parsed(w.definitions)
	c := w.checkWith(source, regions, cells, nil)
	if more := w.missing(c); len(more) > 0 {
		c = w.checkWith(source, regions, cells, more)
	}
	return c
}

func (w world) checkWith(source string, regions []region, cells *cells, more []known) *checked {
	imports := slices.Clone(cells.imports)
	for _, p := range more {
		imports = append(imports, fmt.Sprintf("import %s %q", p.name, p.path))
	}
	c := &checked{program: arrange(source, regions, imports), fset: token.NewFileSet(), cells: cells}
	c.fset.AddExistingFiles(cells.handle)
	c.file, _ = parser.ParseFile(c.fset, "", c.source.String(), parser.ParseComments|parser.SkipObjectResolution|parser.AllErrors)
	c.info = &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
	c.files = []*ast.File{c.file, cells.without(c.file, more)}
	idle := unused(c.files...)
	imported := importerFunc(func(path string) (*types.Package, error) {
		if idle[path] { // its name is all that matters
			pkg := types.NewPackage(path, nameOf(path))
			pkg.MarkComplete()
			return pkg, nil
		}
		return w.types(path)
	})
	config := types.Config{FakeImportC: true, Importer: imported, Error: func(error) {}} // a cell that is being typed has errors
	c.pkg, _ = config.Check("main", c.fset, c.files, c.info)
	return c
}

type importerFunc func(path string) (*types.Package, error)

func (f importerFunc) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	pkg, err := f(path)
	if err == nil && pkg == nil {
		err = errors.New("assist: importing " + path + ": no such package")
	}
	return pkg, err
}

// missing is the packages that are named and that nothing declares, as rand in rand.Int().
func (w world) missing(c *checked) (found []known) {
	used := map[string][]string{} // what of each package
	for _, file := range c.files {
		ast.Inspect(file, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if id, ok := sel.X.(*ast.Ident); ok && c.info.Uses[id] == nil && id.Name != "_" {
					used[id.Name] = append(used[id.Name], sel.Sel.Name)
				}
			}
			return true
		})
	}
	for name, members := range used {
		if path := w.best(name, members); path != "" {
			found = append(found, known{path, name})
		}
	}
	return found
}

// enclosing is the nodes around the first one that is wanted, from the file to the node itself, or nothing when there is none.
func (c *checked) enclosing(wanted func(ast.Node) bool) (path []ast.Node) {
	var stack []ast.Node
	ast.Inspect(c.file, func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return false
		}
		stack = append(stack, n)
		if path == nil && wanted(n) {
			path = slices.Clone(stack)
		}
		return true
	})
	return path
}
