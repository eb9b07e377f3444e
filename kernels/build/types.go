package build

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"strconv"
	"sync"
)

// universe is the packages whose types have been read, each once, so that types from different packages are the same types.
type universe struct {
	mu    sync.Mutex
	epoch int // of the index that they are from
	gc    types.Importer
}

// Import gives a package's exported types. While another goroutine imports, packages may grow: who reads types at length does so inside [Builder.Types].
func (b *Builder) Import(path string) (pkg *types.Package, err error) {
	b.Types(func(i types.Importer) { pkg, err = i.Import(path) })
	return pkg, err
}

// Types runs read while nobody else imports anything.
func (b *Builder) Types(read func(types.Importer)) {
	b.types.mu.Lock()
	defer b.types.mu.Unlock()
	read(importFunc(b.importLocked))
}

type importFunc func(string) (*types.Package, error)

func (f importFunc) Import(path string) (*types.Package, error) { return f(path) }

func (b *Builder) importLocked(path string) (pkg *types.Package, err error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	ix, err := b.indexed(b.ctx)
	if err == nil {
		ix, err = b.fresh(b.ctx, ix, path)
	}
	if err != nil {
		return nil, err
	}
	e := ix.Packages[path]
	if e == nil || e.Export == "" {
		why := "no such package"
		if e != nil && e.Error != "" {
			why = e.Error
		}
		return nil, fmt.Errorf("build: importing %s: %s", path, why)
	}
	if b.types.gc == nil || b.types.epoch != ix.epoch {
		b.types.epoch = ix.epoch
		b.types.gc = importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
			if e := b.index.Load().Packages[path]; e != nil && e.Export != "" {
				return os.Open(e.Export)
			}
			return nil, fmt.Errorf("build: importing %s: not compiled", path)
		})
	}
	defer func() {
		if r := recover(); r != nil { // the importer's answer to a file that it does not understand
			pkg, err = nil, fmt.Errorf("build: importing %s: %v", path, r)
		}
	}()
	return b.types.gc.Import(path)
}

// Check type-checks a program and gives all that was found out, however wrong the program is.
func (b *Builder) Check(fset *token.FileSet, files []*ast.File) (*types.Package, *types.Info, []types.Error) {
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Implicits: map[ast.Node]types.Object{}, Scopes: map[ast.Node]*types.Scope{},
	}
	var wrong []types.Error
	b.freshen(files)
	var pkg *types.Package
	b.Types(func(i types.Importer) {
		config := types.Config{Importer: i, Error: func(err error) {
			if e, ok := err.(types.Error); ok {
				wrong = append(wrong, e)
			}
		}}
		pkg, _ = config.Check("main", fset, files, info)
	})
	return pkg, info, wrong
}

// freshen brings all imports of files up to date at once.
func (b *Builder) freshen(files []*ast.File) {
	var paths []string
	for _, f := range files {
		for _, spec := range f.Imports {
			if path, err := strconv.Unquote(spec.Path.Value); err == nil {
				paths = append(paths, path)
			}
		}
	}
	if ix, err := b.indexed(b.ctx); err == nil {
		_, _ = b.fresh(b.ctx, ix, paths...)
	}
}
