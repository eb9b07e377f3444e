package cell

import (
	"embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"path"
	"strings"
	"sync"
)

//go:embed value/value.go value/bundle.go value/picture.go value/table.go value/text.go
var valueFiles embed.FS

const pictureFile = "curiouspicture.go"

// ValueFiles are the Go files, by name, that declare curiousValue and curiousExpression: package main, standard library only. Pictures says whether the
// program links package image, without which no value can be one.
func ValueFiles(pictures bool) map[string][]byte {
	files := map[string][]byte{}
	for name, text := range adopted() {
		if pictures || name != pictureFile {
			files[name] = text
		}
	}
	return files
}

// ValuePackage is the same for a builder that keeps compiled packages, which spares each program the compiling: the path and files of a package to compile once, and
// a file of package main that declares the functions by importing it.
func ValuePackage(pictures bool) (path string, files map[string][]byte, main []byte) {
	path, files = "curious/value", map[string][]byte{}
	if pictures {
		path += "/pictures"
	}
	entries, _ := valueFiles.ReadDir("value")
	for _, entry := range entries {
		if pictures || "curious"+entry.Name() != pictureFile {
			files[entry.Name()], _ = valueFiles.ReadFile("value/" + entry.Name())
		}
	}
	return path, files, fmt.Appendf(nil, `package main

import curiousPackage %q

var curiousValue, curiousExpression, curiousRecover = curiousPackage.Value, curiousPackage.Expression, curiousPackage.Recover
`, path)
}

// adopted is package value as part of package main: what it declares and imports is named so that no cell's names meet it.
var adopted = sync.OnceValue(func() map[string][]byte {
	texts, names := map[string][]byte{}, map[string]string{}
	entries, _ := valueFiles.ReadDir("value")
	for _, entry := range entries {
		text, _ := valueFiles.ReadFile("value/" + entry.Name())
		texts["curious"+entry.Name()] = text
		note(names, text)
	}
	for name, text := range texts {
		texts[name] = renamed(text, names)
	}
	return texts
})

// note adds what a file declares and imports, and how it is to be called.
func note(names map[string]string, text []byte) {
	file, err := parser.ParseFile(token.NewFileSet(), "", text, parser.SkipObjectResolution)
	if err != nil {
		return
	}
	add := func(name string) {
		if name != "init" {
			names[name] = "curious" + strings.ToUpper(name[:1]) + name[1:]
		}
	}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				add(d.Name.Name)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.ImportSpec:
					add(path.Base(strings.Trim(s.Path.Value, `"`)))
				case *ast.TypeSpec:
					add(s.Name.Name)
				case *ast.ValueSpec:
					for _, n := range s.Names {
						add(n.Name)
					}
				}
			}
		}
	}
}

// renamed is a file of package main with other names. Fields and methods are told by the dot before them: no method may be called as a function is.
func renamed(text []byte, names map[string]string) []byte {
	file := token.NewFileSet().AddFile("", -1, len(text))
	var sc scanner.Scanner
	sc.Init(file, text, nil, 0)
	var out []byte
	done, imports := 0, true
	before := token.ILLEGAL
	for {
		pos, tok, lit := sc.Scan()
		if tok == token.EOF {
			return append(out, text[done:]...)
		}
		to := ""
		switch {
		case before == token.PACKAGE:
			to = "main"
		case tok == token.IDENT && before != token.PERIOD:
			to = names[lit]
		case tok == token.STRING && imports:
			to = names[path.Base(strings.Trim(lit, `"`))] + " " + lit
		}
		imports = imports && tok != token.FUNC && tok != token.CONST && tok != token.VAR && tok != token.TYPE
		if before = tok; to != "" {
			at := file.Offset(pos)
			out = append(append(out, text[done:at]...), to...)
			done = at + len(lit)
		}
	}
}
