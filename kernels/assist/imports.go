package assist

import (
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

var version = regexp.MustCompile(`^v[0-9]+$`)

// nameOf is the name that a package most likely has.
func nameOf(importPath string) string {
	dir, base := path.Split(importPath)
	if version.MatchString(base) && dir != "" {
		base = path.Base(dir)
	}
	base, _, _ = strings.Cut(base, ".v")
	base = strings.TrimPrefix(base, "go-")
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' {
			return r
		}
		return -1
	}, base)
}

// outlined takes from a file what others cannot see of it: the bodies of functions, functions that are not exported, and the imports that only these need.
func outlined(f *ast.File) {
	f.Decls = slices.DeleteFunc(f.Decls, func(decl ast.Decl) bool {
		fn, ok := decl.(*ast.FuncDecl)
		if ok {
			fn.Body = nil
		}
		return ok && !fn.Name.IsExported()
	})
	idle := unused(f)
	f.Decls = slices.DeleteFunc(f.Decls, func(decl ast.Decl) bool {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.IMPORT {
			return false
		}
		gen.Specs = slices.DeleteFunc(gen.Specs, func(spec ast.Spec) bool { return idle[importPath(spec.(*ast.ImportSpec))] })
		return len(gen.Specs) == 0
	})
}

// unused is the paths of the imports that a file never names. One whose name its path does not tell for sure is taken to be used.
func unused(files ...*ast.File) map[string]bool {
	named := map[string]bool{}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if id, ok := sel.X.(*ast.Ident); ok {
					named[id.Name] = true
				}
			}
			return true
		})
	}
	idle := map[string]bool{}
	for _, f := range files {
		for _, decl := range f.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok != token.IMPORT {
				continue
			}
			for _, spec := range gen.Specs {
				spec := spec.(*ast.ImportSpec)
				p := importPath(spec)
				name := nameOf(p)
				sure := name == path.Base(p)
				if spec.Name != nil {
					name, sure = spec.Name.Name, spec.Name.Name != "."
				}
				if used := named[name] || !sure; used {
					idle[p] = false
				} else if _, known := idle[p]; !known {
					idle[p] = true
				}
			}
		}
	}
	return idle
}

func importPath(spec *ast.ImportSpec) string {
	p, _ := strconv.Unquote(spec.Path.Value)
	return p
}
