package front

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/curious-go/curious/kernels/build"
	"github.com/curious-go/curious/kernels/cell"
)

// prepare makes the cell's program for the compiler, and the text that GoNB is sent for it; pages are what special commands have to say in the pager. When ctx
// ends it returns at once; a package that is being compiled for it then is compiled for a later cell.
func (ex *execution) prepare(ctx context.Context) (text string, pages []any, err error) {
	type prepared struct {
		text  string
		pages []any
		err   error
	}
	done := make(chan prepared, 1)
	go func() {
		text, pages, err := ex.plan()
		done <- prepared{text, pages, err}
	}()
	select {
	case p := <-done:
		return p.text, p.pages, p.err
	case <-ctx.Done():
		return "", nil, ctx.Err()
	}
}

func (ex *execution) plan() (text string, pages []any, err error) {
	f, c := ex.front, ex.cell
	if c.Magic != "" {
		return ex.magic(), nil, nil
	}
	told := *c
	told.Commands, pages = ex.commandsFor(c.Commands)
	if !c.Runs() && !c.Test {
		return told.Gonb(), pages, nil
	}
	f.mu.Lock()
	before := f.memory.Copy()
	f.mu.Unlock()
	ex.memory = before.Copy()
	ex.memory.Add(c, ex.count)
	o := cell.Options{Imports: []cell.ImportSpec{}, Expressions: ex.content.Expressions}
	if o.Imports, err = ex.resolve(before, o); err != nil {
		return "", nil, err
	}
	extra := map[string][]byte{}
	o.Value = ex.showsValue(before, o)
	rejected := ex.expressions(before, &o)
	if len(rejected) > 0 { // what only these import is not used
		if o.Imports, err = ex.resolve(before, o); err != nil {
			return "", nil, err
		}
	}
	if o.Value || len(o.Expressions) > 0 || len(rejected) > 0 {
		ex.result = filepath.Join(f.scratch, "value-"+strconv.Itoa(ex.count)+"-"+shortID(ex.request)+".json")
		maps.Copy(extra, cell.ValueFiles(f.links("image", o.Imports)))
	}
	ex.rejected = rejected
	p := cell.Render(before, c, ex.count, o)
	ex.program = &build.Program{Source: f.withTags(p.Source), Extra: extra}
	switch {
	case wantsWasm(c):
		ex.mode = build.Wasm
	case c.Test:
		ex.mode = build.Test
	}
	return told.Gonb(), pages, nil
}

// resolve says which imports the cell's program needs: those it uses of the ones that cells have declared, and those of the packages that it names.
func (ex *execution) resolve(before *cell.Memory, o cell.Options) ([]cell.ImportSpec, error) {
	declared := ex.memory.Imports()
	list := make([]build.Import, len(declared))
	for i, d := range declared {
		list[i] = build.Import{Alias: d.Name, Path: d.Path}
	}
	p := cell.Render(before, ex.cell, ex.count, o)
	needed, _, err := ex.front.builder.Resolve(p.Source, list)
	if err != nil {
		return nil, err
	}
	var specs []cell.ImportSpec
	for _, n := range needed {
		if at := slices.Index(list, n); at >= 0 {
			specs = append(specs, declared[at])
		} else if n.Alias != "curiousFlag" { // that one is Render's own
			specs = append(specs, cell.ImportSpec{Name: n.Alias, Path: n.Path})
		}
	}
	if specs == nil {
		specs = []cell.ImportSpec{} // none, which is not the same as Render's own choice
	}
	return specs, nil
}

// showsValue tells whether the cell ends in an expression that has a value somebody wants to see.
func (ex *execution) showsValue(before *cell.Memory, o cell.Options) bool {
	start, _, ok := ex.cell.Value()
	if !ok {
		return false
	}
	p := cell.Render(before, ex.cell, ex.count, o)
	offset, ok := p.Offset(start)
	if !ok {
		return false
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, p.File, p.Source, parser.SkipObjectResolution)
	if err != nil {
		return false
	}
	expr := statementAt(fset, file, offset)
	if expr == nil {
		return false
	}
	if _, call := ast.Unparen(expr).(*ast.CallExpr); !call {
		return true // as a statement it would be an error, so it can only be meant to be seen
	}
	_, info, _ := ex.front.builder.Check(fset, []*ast.File{file})
	return info != nil && wanted(info, ast.Unparen(expr).(*ast.CallExpr))
}

// statementAt is the expression that stands as a statement at an offset of the file.
func statementAt(fset *token.FileSet, file *ast.File, offset int) (found ast.Expr) {
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.ExprStmt); ok && fset.File(s.Pos()).Offset(s.Pos()) == offset {
			found = s.X
		}
		return found == nil
	})
	return found
}

// wanted tells whether a call's results are for seeing. Those of fmt.Println and its like, the count of what was written and an error, are not.
func wanted(info *types.Info, call *ast.CallExpr) bool {
	tv, ok := info.Types[call]
	if !ok || tv.IsVoid() || tv.Type == nil || tv.Type == types.Typ[types.Invalid] {
		return false
	}
	if tuple, ok := tv.Type.(*types.Tuple); ok && tuple.Len() == 2 && isCount(tuple.At(0).Type()) && isError(tuple.At(1).Type()) {
		var called *ast.Ident
		switch fun := ast.Unparen(call.Fun).(type) {
		case *ast.Ident:
			called = fun
		case *ast.SelectorExpr:
			called = fun.Sel
		}
		if called != nil {
			for _, verb := range []string{"Print", "Fprint", "Write", "Copy", "Read"} {
				if strings.HasPrefix(called.Name, verb) {
					return false
				}
			}
		}
	}
	if called, ok := ast.Unparen(call.Fun).(*ast.Ident); ok && called.Name == "copy" {
		if _, builtin := info.Uses[called].(*types.Builtin); builtin {
			return false
		}
	}
	return true
}

func isCount(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && (b.Kind() == types.Int || b.Kind() == types.Int64)
}

func isError(t types.Type) bool { return types.Identical(t, types.Universe.Lookup("error").Type()) }

// valueNames matches the complaint about a function of [cell.ValueFiles], which are not checked along.
var valueNames = regexp.MustCompile(`^undefined: curious(Value|Expression|Recover)$`)

// expressions puts the user expressions that make sense into the options, and says what is wrong with the others.
func (ex *execution) expressions(before *cell.Memory, o *cell.Options) (rejected object) {
	if len(ex.content.Expressions) == 0 {
		return nil
	}
	rejected = object{}
	wrong := func(extra map[string]string) (errs []string) {
		with := *o
		with.Expressions = extra
		p := cell.Render(before, ex.cell, ex.count, with)
		for _, err := range p.Rejected {
			return []string{err.Error()}
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, p.File, p.Source, parser.SkipObjectResolution)
		if err != nil {
			return []string{err.Error()}
		}
		_, _, found := ex.front.builder.Check(fset, []*ast.File{file})
		for _, e := range found {
			if !e.Soft && !valueNames.MatchString(e.Msg) {
				errs = append(errs, e.Msg)
			}
		}
		return errs
	}
	base := len(wrong(nil))
	sound := map[string]string{}
	for name, code := range ex.content.Expressions {
		if errs := wrong(map[string]string{name: code}); len(errs) > base {
			rejected[name] = errorContent("CompileError", errs[len(errs)-1], nil)
			continue
		}
		sound[name] = code
	}
	o.Expressions = sound
	return rejected
}

// links tells whether a program with these imports links a package.
func (f *Front) links(path string, imports []cell.ImportSpec) bool {
	seen := map[string]bool{}
	var has func(string) bool
	has = func(p string) bool {
		if p == path {
			return true
		}
		if seen[p] {
			return false
		}
		seen[p] = true
		pkg, ok := f.builder.Package(p)
		return ok && slices.ContainsFunc(pkg.Imports, has)
	}
	return slices.ContainsFunc(imports, func(i cell.ImportSpec) bool { return has(i.Path) })
}
