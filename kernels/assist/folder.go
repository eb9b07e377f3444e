package assist

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/build"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

// folder is what the source of one package says about its declarations: their comments and where they stand. It keeps no syntax trees.
type folder struct {
	stamp   string
	name    string
	doc     string           // of the package
	entries map[string]entry // by name, methods and fields as Type.Name
}

// entry is one declaration.
type entry struct {
	doc        string
	file       string // its path, or the name of a cell
	line       int
	text       string // of the file, where it is kept
	start, end int    // of the declaration's bytes
}

func newFolder() *folder { return &folder{entries: map[string]entry{}} }

// goFiles is the Go files of a folder that this platform builds, tests left out, and a stamp that changes when one of them does.
func goFiles(dir string) (files []string, stamp string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, ""
	}
	var b strings.Builder
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		if info, err := e.Info(); err == nil {
			fmt.Fprint(&b, e.Name(), info.Size(), info.ModTime().UnixNano(), "\n")
			files = append(files, e.Name())
		}
	}
	return files, b.String()
}

// parse reads the files of a folder that this platform builds, side by side. A file with errors gives what could be read of it.
func parse(fset *token.FileSet, dir string, names []string, mode parser.Mode) (files []*ast.File) {
	parsed := make([]*ast.File, len(names))
	var wg sync.WaitGroup
	limit := make(chan struct{}, 2)
	for i, name := range names {
		wg.Go(func() {
			limit <- struct{}{}
			defer func() { <-limit }()
			if ok, err := build.Default.MatchFile(dir, name); ok || err != nil {
				parsed[i], _ = parser.ParseFile(fset, filepath.Join(dir, name), nil, mode|parser.SkipObjectResolution|parser.AllErrors)
			}
		})
	}
	wg.Wait()
	for _, f := range parsed {
		if f != nil && f.Name.Name != "" {
			files = append(files, f)
		}
	}
	return files
}

// readFolder reads the comments of a package.
func readFolder(dir string, names []string, stamp string) *folder {
	f := newFolder()
	f.stamp = stamp
	fset := token.NewFileSet()
	for _, file := range parse(fset, dir, names, parser.ParseComments) {
		f.add(fset, file, "")
	}
	return f
}

// add enters the declarations of a file. Its text is given when it cannot be read again.
func (f *folder) add(fset *token.FileSet, file *ast.File, text string) {
	if file.Doc != nil && (f.doc == "" || strings.HasPrefix(file.Doc.Text(), "Package ")) {
		f.doc = file.Doc.Text()
	}
	f.name = file.Name.Name
	enter := func(name string, n ast.Node, docs ...*ast.CommentGroup) {
		at := fset.Position(n.Pos())
		e := entry{file: at.Filename, line: at.Line, text: text}
		e.start, e.end = fset.PositionFor(n.Pos(), false).Offset, fset.PositionFor(n.End(), false).Offset
		for _, doc := range docs {
			if e.doc = doc.Text(); e.doc != "" {
				break
			}
		}
		f.entries[name] = e
	}
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			name := decl.Name.Name
			if decl.Recv != nil {
				name = receiver(decl) + "." + name
			}
			enter(name, decl, decl.Doc)
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				var shown ast.Node = spec
				if !decl.Lparen.IsValid() {
					shown = decl
				}
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					enter(spec.Name.Name, shown, spec.Doc, decl.Doc, spec.Comment)
					members(spec, func(name string, field *ast.Field) { enter(spec.Name.Name+"."+name, field, field.Doc, field.Comment) })
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						enter(name.Name, shown, spec.Doc, spec.Comment, decl.Doc)
					}
				}
			}
		}
	}
}

// members visits the fields of a struct, or the methods of an interface.
func members(spec *ast.TypeSpec, visit func(name string, field *ast.Field)) {
	var fields *ast.FieldList
	switch t := spec.Type.(type) {
	case *ast.StructType:
		fields = t.Fields
	case *ast.InterfaceType:
		fields = t.Methods
	}
	if fields == nil {
		return
	}
	for _, field := range fields.List {
		for _, name := range field.Names {
			visit(name.Name, field)
		}
	}
}

// source is the declaration as it is written, or "".
func (e entry) source() string {
	text := e.text
	if text == "" {
		b, err := os.ReadFile(e.file)
		if err != nil {
			return ""
		}
		text = string(b)
	}
	if e.start < 0 || e.end > len(text) || e.start >= e.end {
		return ""
	}
	return text[e.start:e.end]
}

// blankLines is what left-out fields leave behind.
var blankLines = regexp.MustCompile(`\n(\s*\n)+`)

// exported is the declaration of a type without its unexported fields and methods, with its comments.
func (e entry) exported() string {
	text := e.source()
	if !strings.HasPrefix(text, "type ") {
		text = "type " + text
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", "package p\n"+text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil || len(file.Decls) == 0 {
		return ""
	}
	var cut [][2]token.Pos // of the fields left out
	hidden := func(fields *ast.FieldList) {
		for _, f := range fields.List {
			names := f.Names
			if len(names) > 0 && !ast.IsExported(names[0].Name) && !ast.IsExported(names[len(names)-1].Name) {
				start, end := f.Pos(), f.End()
				if f.Doc != nil {
					start = f.Doc.Pos()
				}
				if f.Comment != nil {
					end = f.Comment.End()
				}
				cut = append(cut, [2]token.Pos{start, end})
			}
		}
	}
	if decl, ok := file.Decls[0].(*ast.GenDecl); ok && len(decl.Specs) > 0 {
		if spec, ok := decl.Specs[0].(*ast.TypeSpec); ok {
			switch t := spec.Type.(type) {
			case *ast.StructType:
				hidden(t.Fields)
			case *ast.InterfaceType:
				hidden(t.Methods)
			}
		}
	}
	source := []byte("package p\n" + text)
	var shown bytes.Buffer
	from := len("package p\n")
	for _, c := range cut {
		start, end := fset.Position(c[0]).Offset, fset.Position(c[1]).Offset
		shown.Write(source[from:start])
		from = end
	}
	shown.Write(source[from:])
	tidy, err := format.Source(blankLines.ReplaceAll(shown.Bytes(), []byte("\n")))
	if err != nil {
		return text
	}
	return string(tidy)
}
