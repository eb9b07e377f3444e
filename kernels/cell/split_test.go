package cell

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

// outline is what a test looks at: each chunk's kind, a * if it runs in main, and its names.
func outline(c *Cell) string {
	var parts []string
	for _, k := range c.Chunks {
		star := ""
		if k.Body {
			star = "*"
		}
		parts = append(parts, strings.TrimSpace(k.Kind.String()+star+" "+strings.Join(k.Names, ",")))
	}
	return strings.Join(parts, "; ")
}

func TestSplitChunks(t *testing.T) {
	for _, test := range []struct{ name, source, want string }{
		{"empty", "", ""},
		{"white space", " \n\t\r\n", ""},
		{"comments", "// a\n/* b\n*/\n", ""},
		{"a statement", `fmt.Println("hi")`, "statement*"},
		{"two on a line", "a := 1; b, _ := f()", "statement* a; statement* b"},
		{"all kinds", "import \"fmt\"\nconst c = 1\nvar v, w = 1, 2\ntype T int\nfunc f() {}\nx := 1", "import fmt; const c; var v,w; type T; func f; statement* x"},
		{"groups", "import (\n\"os\"\nr \"math/rand/v2\"\n. \"math\"\n)\nconst (\na = iota\n_\nb\n)", "import os,r,.~math; const a,_,b"},
		{"methods", "func (t T) A() {}\nfunc (t *T) B() {}\nfunc (T) C() {}\nfunc (l *L[K]) D() {}\nfunc (l L[K]) E() {}", "func T~A; func T~B; func T~C; func L[K]~D; func unknown~E"},
		{"literals are statements", "func() {}()\nfunc(x int) string { return \"\" }(1)\nfunc() (int, error) { return 0, nil }()\nfunc() p.T { return nil }()", "statement*; statement*; statement*; statement*"},
		{"var before statements defines", "var a = 1\nb := 2\nvar c = 3", "var a; statement* b; var* c"},
		{"types define anywhere", "x := 1\ntype T int\nconst c = 2", "statement* x; type T; const c"},
		{"but not with names of the body", "n := 1\nconst c = len(n)\ntype T [c]int\ntype U struct{ n p.n }", "statement* n; const* c; type* T; type U"},
		{"behind %%", "type A int\n%%\nvar v = 1\ntype T int\nconst c = 1\nfunc f() {}\nv++", "type A; var* v; type* T; const* c; func f; statement*"},
		{"behind %main", "%main -x\nvar v int", "var* v"},
		{"init", "func init_a() {}\nfunc init() {}", "func init_a; func init"},
		{"package is ignored", "package main\nimport \"fmt\"\npackage other // why\nx := 1", "import fmt; statement* x"},
		{"several lines", "x := 1 +\n2\nf(a,\n b,\n)\nif x {\n} else {\n}\nL:\nfor {\nbreak L\n}", "statement* x; statement*; statement*; statement*"},
		{"heads", "if a := []int{1}; len(a) > 0 {\n} else if b := f(); b {\n}; c := 1\nL: M: for i := 0; i < 3; i++ { g() }\nfor ;; {}\nswitch d := f(); d.(type) {}\nif e := f()\ne {}", "statement*; statement* c; statement*; statement*; statement*; statement*"},
		{"Windows", "x := 1\r\nvar y = `a\r\nb`\r\n", "statement* x; var* y"},
		{"byte order mark", "\ufefffunc f() {}", "func f"},
		{"Unicode", "größe := \"ß\"\nfunc ß() {}", "statement* größe; func ß"},
		{"raw strings hide lines", "x := `\n%%\n!ls\n//gonb:%args\npackage p\n`", "statement* x"},
		{"comments and brackets hide lines", "/*\n!ls\n*/\nx := f(\n!a,\n)\ny := a &&\n!b", "statement* x; statement* y"},
		{"stray semicolons", ";;x := 1;;", "statement* x"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := Split(test.source)
			if err != nil {
				t.Fatal(err)
			}
			if got := outline(c); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestSplitCommands(t *testing.T) {
	for _, test := range []struct {
		name, source string
		want         []Command
		args, exec   string
		chunks       string
		test         bool
		runs         bool
	}{
		{name: "one", source: "%env A b", want: []Command{{1, "%env A b"}}},
		{name: "prefix", source: "//gonb:%args -x\n//gonb:!ls\n// gonb:%no\nx := 1", want: []Command{{1, "%args -x"}, {2, "!ls"}}, chunks: "statement* x", runs: true},
		{name: "continued", source: "!ls \\\r\n -l \\\n//gonb:-a\r\nx := 1", want: []Command{{1, "!ls \\\n -l \\\n-a"}}, chunks: "statement* x", runs: true},
		{name: "between", source: "x := 1\n!echo \"it's `odd\nfunc f() {}\n%ls", want: []Command{{2, "!echo \"it's `odd"}, {4, "%ls"}}, chunks: "statement* x; func f", runs: true},
		{name: "indented is Go", source: "x := f(\n  %args)", chunks: "statement* x", runs: true},
		{name: "arguments", source: "%args -a\n%% -b \"c d\"\nx()", want: []Command{{1, "%args -a"}}, args: `-b "c d"`, chunks: "statement*", runs: true},
		{name: "main", source: "%main   -b\nx()", args: "-b", chunks: "statement*", runs: true},
		{name: "not main", source: "%mainly\n%%time", want: []Command{{1, "%mainly"}, {2, "%%time"}}},
		{name: "exec", source: "%exec  f  -a \nfunc f() {}", want: []Command{{1, "%exec  f  -a "}}, exec: "f", chunks: "func f", runs: true},
		{name: "test", source: "%test -test.v", want: []Command{{1, "%test -test.v"}}, test: true, runs: true},
		{name: "empty ones", source: "%\n!\n!  \n!\\"},
		{name: "after a mark", source: "\ufeff%ls", want: []Command{{1, "%ls"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := Split(test.source)
			if test.name == "indented is Go" {
				if err == nil {
					t.Error("no error")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(c.Commands, test.want) {
				t.Errorf("commands %+v, want %+v", c.Commands, test.want)
			}
			if c.Args != test.args || c.Exec != test.exec || c.Test != test.test || outline(c) != test.chunks || c.Runs() != test.runs {
				t.Errorf("args %q exec %q test %v chunks %q runs %v", c.Args, c.Exec, c.Test, outline(c), c.Runs())
			}
		})
	}
}

func TestSplitMagic(t *testing.T) {
	for source, want := range map[string]string{
		"%%bash\nif [": "%%bash", "//gonb:%%sh": "%%sh", "\n%%writefile a.txt\n`": "%%writefile", "%%script python3\r\n'": "%%script", "%%gx\n": "%%gx",
		"%%basher": "", "%%": "",
	} {
		if c, err := Split(source); err != nil || c.Magic != want || len(c.Chunks) > 0 {
			t.Errorf("Split(%q) = %q, %v; want %q", source, c.Magic, err, want)
		}
	}
}

func TestSplitErrors(t *testing.T) {
	for _, test := range []struct {
		source    string
		line, col int
		message   string
	}{
		{"x := 1\ny := (2\n", 2, 8, "expected ')', found newline"},
		{"x := 1\ny := f(2,\n", 3, 1, "expected ')', found 'EOF'"},
		{"foo bar", 1, 5, "expected ';', found bar"},
		{"x := 1\n\n  y = = 2", 3, 7, "expected operand, found '='"},
		{"func f() {\n\treturn 1 1\n}", 2, 11, "expected"},
		{"if x\n{}", 1, 5, "expected"},
		{"}", 1, 1, "unexpected '}'"},
		{"f(1]", 1, 4, "expected ')', found ']'"},
		{"!ls (\nx := \"abc\n", 2, 6, "string literal not terminated"},
		{"\r\nx := `abc", 2, 6, "raw string literal not terminated"},
		{"/* x", 1, 1, "comment not terminated"},
		{"ß := @", 1, 7, "illegal character"},
		{"\ufeffx := @", 1, 6, "illegal character"},
		{"x :=", 1, 5, "expected operand, found 'EOF'"},
		{"func main() {}\nx := 1", 2, 1, "non-declaration statement outside function body"},
		{"%test\nx := 1", 2, 1, "TestX"},
		{"x := 1\n%%bash\nls", 2, 1, "first line"},
		{"%exec f(1)", 1, 1, "name of a function"},
		{"import fmt", 1, 11, "missing import path"},
		{"  %args", 1, 3, "found '%'"},
		{"a, b", 1, 1, "expected 1 expression"},
		{"//line other.go:100\nx := )", 2, 6, "unexpected ')'"},
	} {
		c, err := Split(test.source)
		var mistake *SyntaxError
		if !errors.As(err, &mistake) {
			t.Errorf("Split(%q): %v", test.source, err)
			continue
		}
		if c == nil || mistake.Line != test.line || mistake.Col != test.col || !strings.Contains(mistake.Msg, test.message) {
			t.Errorf("Split(%q): %v; want %d:%d: %s", test.source, mistake, test.line, test.col, test.message)
		}
	}
}

func TestChunkPositions(t *testing.T) {
	source := "// floating\n\n// doc\nfunc f() {} // behind\n// of x\nx := 1; y := 2\n!ls\n// last"
	c, err := Split(source)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, k := range c.Chunks {
		got = append(got, source[k.Start:k.End])
	}
	want := []string{"// floating\n\n// doc\nfunc f() {}", "// of x\nx := 1", "y := 2"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
	if k := c.Chunks[2]; k.Line != 6 || k.Col != 9 {
		t.Errorf("y at %d:%d", k.Line, k.Col)
	}
}

func TestValue(t *testing.T) {
	for source, want := range map[string]string{
		"x := 1\nx":                     "x",
		"// doc\nf(a, // why\n b) // c": "f(a, // why\n b)",
		"x\nfunc f() {}":                "x",
		"<-c":                           "<-c",
		"x;":                            "",
		"x++":                           "",
		"x := 1":                        "",
		"func f() {}":                   "",
		"a; b":                          "b",
		"func() int { return 1 }()":     "func() int { return 1 }()",
		"x\nvar y = 1":                  "",
	} {
		c, err := Split(source)
		if err != nil {
			t.Fatal(err)
		}
		start, end, ok := c.Value()
		if got := source[start:end]; ok != (want != "") || ok && got != want {
			t.Errorf("Value of %q: %q, %v", source, got, ok)
		}
	}
}

func TestFields(t *testing.T) {
	for text, want := range map[string][]string{
		"%args -x 1":               {"args", "-x", "1"},
		`%args --text "a \"b\" c"`: {"args", "--text", `a "b" c`},
		`%goflags ""`:              {"goflags", ""},
		`%x a\b "c\nd"`:            {"x", `a\b`, "c\nd"},
		"!ls \\\n -l":              {"ls", "-l"},
		"% rm x":                   {"rm", "x"},
		"%":                        nil,
		"":                         nil,
		`%a "b\`:                   {"a", "b"},
	} {
		if got := (Command{Text: text}).Fields(); !reflect.DeepEqual(got, want) {
			t.Errorf("Fields of %q: %q", text, got)
		}
	}
}
