package cell

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Options of Render.
type Options struct {
	Imports     []ImportSpec      // exactly these; nil: those of the memory and the cell
	Value       bool              // show the cell's value: curiousValue(EXPR) stands in its place
	Expressions map[string]string // user expressions, evaluated at the end of main
	Constants   map[string]string // further constants: name to Go expression (GoNB's for %wasm)
}

// Program is what the compiler gets.
type Program struct {
	Source   []byte
	File     string           // main.go, or main_test.go
	Rejected map[string]error // user expressions that are not Go, left out

	placed []placed
}

// placed is a stretch of the cell's text within the program's.
type placed struct {
	cell span
	at   int
}

// Offset maps an offset of the cell's Source to Program.Source, if that text is in the program.
func (p *Program) Offset(offset int) (int, bool) {
	for _, q := range p.placed {
		if q.cell.from <= offset && offset <= q.cell.to {
			return q.at + offset - q.cell.from, true
		}
	}
	return 0, false
}

// Render is the program for cell c in the light of what m remembers; m is not changed.
//
// Each piece of a cell stands in it verbatim under a line directive. Compiler messages, stack traces and runtime.Caller then say Cell[3] with the cell's own
// line and column; what no cell wrote is in main.go, and a user expression in Expression[NAME], its name escaped as in a URL's query.
func Render(m *Memory, c *Cell, count int, o Options) Program {
	w := &writer{c: c, count: count, p: Program{File: "main.go"}}
	if c.Test {
		w.p.File = "main_test.go"
	}
	all := m.Copy()
	all.Add(c, count)
	w.print("package main\n\n")
	imports := o.Imports
	if imports == nil {
		imports = all.Imports()
	}
	w.imports(imports)
	w.definitions(all.live)
	w.unread()
	for _, n := range slices.Sorted(maps.Keys(o.Constants)) {
		w.printf("//line main.go:1:1\nconst %s = %s\n", n, o.Constants[n])
	}
	switch {
	case c.HasMain:
		w.ownMain(o)
	case !c.Test:
		w.main(o)
	}
	w.p.Source = w.text.Bytes()
	return w.p
}

type writer struct {
	text  bytes.Buffer
	c     *Cell
	count int
	p     Program
}

func (w *writer) print(text string) { w.text.WriteString(text) }

func (w *writer) printf(format string, args ...any) { fmt.Fprintf(&w.text, format, args...) }

// line directs positions from the next line on.
func (w *writer) line(c *Cell, count, at int) {
	line, col := c.position(at)
	w.printf("//line %s:%d:%d\n", FileName(count), line, col)
}

// inline directs positions from the next character on.
func (w *writer) inline(c *Cell, count, at int) {
	line, col := c.position(at)
	w.printf("/*line %s:%d:%d*/", FileName(count), line, col)
}

// verbatim writes a stretch of the cell being rendered, and notes where it went.
func (w *writer) verbatim(from, to int) {
	w.p.placed = append(w.p.placed, placed{span{from, to}, w.text.Len()})
	w.print(w.c.Source[from:to])
}

func (w *writer) imports(specs []ImportSpec) {
	for _, s := range specs {
		if s.Path == "C" {
			continue // stands with its preamble among the definitions
		}
		w.print("import ")
		if s.Line > 0 {
			w.printf("/*line %s:%d:%d*/", FileName(s.Cell), s.Line, s.Col)
		} else {
			w.print("/*line main.go:1:1*/")
		}
		if s.Name != "" {
			w.print(s.Name + " ")
		}
		w.printf("%q\n", s.Path)
	}
}

// definitions writes what lives, chunk by chunk. Cgo wants its imports first, and its preamble directly before them.
func (w *writer) definitions(live []definition) {
	var rest [][]definition
	for len(live) > 0 {
		n := 1
		for n < len(live) && live[n].k == live[0].k {
			n++
		}
		if live[0].k.Kind != Import {
			rest = append(rest, live[:n])
		} else if live[0].get().imp.Path == "C" && n == 1 {
			w.cgo(live[0])
		}
		live = live[n:]
	}
	if !w.c.HasMain && !w.c.Test {
		w.print("//line main.go:2:1\nimport curiousFlag \"flag\"\n")
	}
	for _, d := range rest {
		w.definition(d)
	}
}

// unread writes the definitions that Split could not read, for completion within them.
func (w *writer) unread() {
	for i := range w.c.Chunks {
		if k := &w.c.Chunks[i]; !k.Body && len(k.parts) == 0 && k.Kind != Import {
			w.line(w.c, w.count, k.code)
			w.verbatim(k.code, k.End)
			w.print("\n")
		}
	}
}

// cgo writes import "C". A directive that touched the preamble would become C.
func (w *writer) cgo(d definition) {
	if line, _ := d.c.position(d.k.Start); line > 1 {
		w.printf("//line %s:%d:1\n", FileName(d.count), line-1)
	}
	w.print("\n" + d.c.Source[d.k.Start:d.k.End] + "\n")
}

// main writes the statements of the cell.
func (w *writer) main(o Options) {
	w.print("//line main.go:3:1\nfunc main() {\n\tcuriousFlag.Parse()\n")
	if w.c.Exec != "" {
		w.printf("\t%s()\n", w.c.Exec)
	}
	from, to, value := w.c.Value()
	last := -1
	for i := range w.c.Chunks {
		k := &w.c.Chunks[i]
		if !k.Body {
			continue
		}
		last = k.End - 1
		if o.Value && value && k.code == from {
			w.print("curiousValue(")
			w.inline(w.c, w.count, from)
			w.verbatim(from, to)
			w.print(")\n")
			continue
		}
		w.line(w.c, w.count, k.code) // the compiler wants no //go: comments before statements
		w.verbatim(k.code, k.End)
		w.print("\n")
	}
	w.expressions(o.Expressions)
	if last >= 0 {
		w.line(w.c, w.count, last) // where a panic of a deferred call is shown
	}
	w.print("}\n")
}

// ownMain writes the cell's func main as it is, but for user expressions at its end.
func (w *writer) ownMain(o Options) {
	for i := range w.c.Chunks {
		k := &w.c.Chunks[i]
		if k.Kind != Func || !slices.Contains(k.Names, "main") {
			continue
		}
		w.line(w.c, w.count, k.Start)
		if k.rbrace == 0 || len(o.Expressions) == 0 {
			w.verbatim(k.Start, k.End)
		} else {
			w.verbatim(k.Start, k.rbrace)
			w.print("\n")
			w.expressions(o.Expressions)
			w.line(w.c, w.count, k.rbrace)
			w.verbatim(k.rbrace, k.End)
		}
		w.print("\n")
	}
}

// expressions writes user expressions, each under its own name so that one that does not compile can be told from the cell.
func (w *writer) expressions(list map[string]string) {
	w.p.Rejected = map[string]error{}
	for _, key := range slices.Sorted(maps.Keys(list)) {
		text, err := bare(list[key])
		if err != nil {
			w.p.Rejected[key] = err
			continue
		}
		w.printf("func() { defer curiousRecover(%q); curiousExpression(%q)(/*line Expression[%s]:1:1*/%s) }()\n", key, key, url.QueryEscape(key), text)
	}
}

// bare is a Go expression without what stands around it.
func bare(text string) (string, error) {
	expr, err := parser.ParseExpr(text)
	if err != nil {
		return "", err
	}
	if _, bad := expr.(*ast.BadExpr); bad {
		return "", fmt.Errorf("cell: reading %q: it is not an expression", strings.TrimSpace(text))
	}
	return text[expr.Pos()-1 : expr.End()-1], nil
}
