package cell

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

var seeds = []string{
	"", "x := 1\nfmt.Println(x)", "%%\nvar a, b = f()\na", "!ls \\\n -l\nfunc f() {}\n//gonb:%args -x\nf()", "import (\n\"fmt\"\nr \"math/rand/v2\"\n)\nconst (\na = iota\nb\n)",
	"var a, b, c int = 1, 2, 3", "var (\n\t// doc\n\ta = 1; b = 2 // why\n)", "type (\n A int\n B[T any] struct{ x T }\n)\nfunc (b *B[T]) M() {}", "x := `\n%%\n!ls\n`",
	"if a := f(); a > 0 {\n} else if b {\n}", "L: for i := 0; i < 3; i++ {\n}", "switch x := y.(type) {\ncase int:\n}", "select {\ncase x := <-c:\ndefault:\n}", "go func() {}()\ndefer f()",
	"func() int { return 1 }()", "s[i:j:k] = []int{1, 2}[0]", "const x = 1\nx := map[string]struct{ a, b int }{\"a\": {1, 2}}", "package main\n\nfunc main() {\n\tprintln()\n}", "\ufeffx\r\n;;y;\r\n",
	"func init_a() {}\nfunc init() {}\nvar _ = 1", "%exec f a\nfunc f() {}", "%test\nfunc TestX(t *testing.T) {}", "// #include <a.h>\nimport \"C\"", "/* a */ x /* b */ ; y // c\n/*\n%x\n*/", "%%bash\nls",
}

// tiles checks that chunks stand in order, and that what lies between them is no Go.
func tiles(t *testing.T, c *Cell) {
	rest := []byte(c.Source)
	last := 0
	for _, k := range c.Chunks {
		if k.Start < last || k.End < k.Start || k.code < k.Start || k.code > k.End || k.End > len(c.Source) {
			t.Fatalf("chunk %d:%d:%d after %d in %q", k.Start, k.code, k.End, last, c.Source)
		}
		if line, col := c.position(k.Start); line != k.Line || col != k.Col {
			t.Fatalf("position %d:%d of a chunk at %d in %q", k.Line, k.Col, k.Start, c.Source)
		}
		last = k.End
		rename(rest, span{k.Start, k.End}, 0, "")
	}
	if c.Magic != "" {
		return
	}
	between, err := Split(string(rest))
	if err != nil || len(between.Chunks) > 0 || !reflect.DeepEqual(between.Commands, c.Commands) || between.Args != c.Args {
		t.Fatalf("%v: %q lies between the chunks of %q", err, rest, c.Source)
	}
}

func FuzzSplit(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		c, err := Split(source)
		if _, ok := err.(*SyntaxError); c == nil || err != nil && !ok {
			t.Fatalf("%v, %v", c, err)
		}
		if err == nil {
			tiles(t, c)
		}
		c.Value()
		sameDeclarations(t, source)
	})
}

// sameDeclarations checks that the declarations of a Go file are found as the parser finds them.
func sameDeclarations(t *testing.T, source string) {
	const head = "package p\n"
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "", head+source, parser.SkipObjectResolution)
	if err != nil || strings.Contains(source, mark) || magicWord(source) != "" || strings.Contains(source, bom) {
		return
	}
	c, err := Split(source)
	if err != nil {
		t.Fatalf("%v in valid %q", err, source)
	}
	var got, want []int
	for _, k := range c.Chunks {
		got = append(got, k.code, k.End)
	}
	for _, d := range file.Decls {
		end := int(d.End()) - 1 - len(head)
		if g, ok := d.(*ast.GenDecl); ok && !g.Rparen.IsValid() && strings.Contains(source, "\r") {
			return // the parser counts raw strings without their carriage returns
		}
		want = append(want, int(d.Pos())-1-len(head), end)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("chunks %v, declarations %v in %q", got, want, source)
	}
}

func FuzzRender(f *testing.F) {
	for i, s := range seeds {
		f.Add(s, seeds[(i+7)%len(seeds)])
	}
	f.Fuzz(func(t *testing.T, before, source string) {
		renders(t, before, source)
	})
}

// renders checks that programs parse, and that GoNB reads the cell as it is.
func renders(t *testing.T, before, source string) {
	m := &Memory{}
	if c, err := Split(before); err == nil {
		m.Add(c, 1)
	}
	c, err := Split(source)
	p := Render(m, c, 2, Options{Value: true, Expressions: map[string]string{"x": source}})
	if err != nil || c.Magic != "" {
		return
	}
	file, err := parser.ParseFile(token.NewFileSet(), "main.go", p.Source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatalf("%v in the program for %q after %q:\n%s", err, source, before, p.Source)
	}
	for _, k := range c.Chunks {
		if at, ok := p.Offset(k.code); k.Body && (!ok || !bytes.HasPrefix(p.Source[at:], []byte(source[k.code:k.End]))) {
			t.Fatalf("%q is not at %d of\n%s", source[k.code:k.End], at, p.Source)
		}
	}
	wellFounded(t, file, c)
	text, _ := gonbFile(c.Gonb())
	if slices.ContainsFunc(c.Commands, func(c Command) bool { return c.Fields()[0] == "exec" }) {
		return // GoNB writes more functions
	}
	file, err = parser.ParseFile(token.NewFileSet(), "", text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatalf("%v in what GoNB makes of %q:\n%s", err, source, text)
	}
	wellFounded(t, file, c)
}

// wellFounded checks that all definitions of a cell are in a file.
func wellFounded(t *testing.T, file *ast.File, c *Cell) {
	count := 0
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name != "main" {
			count++
		}
	}
	want := 0
	for _, k := range c.Chunks {
		if k.Kind == Func && len(k.Names) > 0 && k.Names[0] != "main" {
			want++
		}
	}
	if count < want {
		t.Fatalf("%d functions of %d in %q", count, want, c.Source)
	}
}

func FuzzComplete(f *testing.F) {
	for i, s := range seeds {
		f.Add(s, uint(i))
	}
	f.Fuzz(func(t *testing.T, source string, cut uint) {
		if status, _ := Complete(source); status == "complete" {
			hopefulAt(t, source, cut)
		}
	})
}

// hopefulAt checks that a complete cell cut off behind one of its tokens is not called invalid.
func hopefulAt(t *testing.T, source string, cut uint) {
	if strings.ContainsAny(source, "%!") {
		return
	}
	set := token.NewFileSet()
	file := set.AddFile("", -1, len(source))
	var sc scanner.Scanner
	sc.Init(file, []byte(source), nil, 0)
	var ends []int
	for {
		pos, tok, lit := sc.Scan()
		if tok == token.EOF {
			break
		}
		if tok == token.SEMICOLON && lit == "\n" {
			continue
		}
		if lit == "" {
			lit = tok.String()
		}
		ends = append(ends, file.Offset(pos)+len(lit))
	}
	if len(ends) == 0 || strings.Contains(source, "\r") {
		return
	}
	prefix := source[:ends[cut%uint(len(ends))]]
	if status, _ := Complete(prefix); status == "invalid" {
		t.Fatalf("%q is the start of %q", prefix, source)
	}
}

// TestRealCode holds all properties up to code that people wrote: files as cells of declarations, bodies of functions as cells of statements.
func TestRealCode(t *testing.T) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(root)), "src", "go", "printer", "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("the source of go/printer: %v", err)
	}
	for i, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		_, source, _ := strings.Cut(string(text), "\npackage printer\n")
		sameDeclarations(t, source)
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, "", text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for j, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
				start := set.Position(f.Body.Lbrace).Offset + 1
				body := string(text[start:set.Position(f.Body.Rbrace).Offset])
				c, err := Split(body)
				if err != nil || len(c.Chunks) != len(f.Body.List) {
					t.Fatalf("%v: %d chunks of %d statements in %s", err, len(c.Chunks), len(f.Body.List), body)
				}
				tiles(t, c)
				renders(t, source, body)
				for n := range uint(5) {
					hopefulAt(t, body, uint(i*j)+n*n*31)
				}
			}
		}
	}
}

func BenchmarkSplit(b *testing.B) {
	source := strings.Repeat("// f adds\nfunc f(a, b int) int {\n\tif a > b {\n\t\treturn a + b // why\n\t}\n\treturn b\n}\n\nx := f(1, 2)\nfmt.Println(x, \"text\", []int{1, 2, 3})\n", 20)
	b.SetBytes(int64(len(source)))
	for b.Loop() {
		if _, err := Split(source); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRender(b *testing.B) {
	m := &Memory{}
	for i := range 200 {
		c, err := Split(strings.ReplaceAll("func fN() int { return 1 }\nvar aN, bN = 1, 2", "N", strings.Repeat("x", i)))
		if err != nil {
			b.Fatal(err)
		}
		m.Add(c, i+1)
	}
	c, err := Split("import \"fmt\"\nfmt.Println(f())")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		Render(m, c, 201, Options{Value: true})
	}
}
