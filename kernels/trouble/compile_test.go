package trouble

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// answers is a Look of a small world.
func answers() Look {
	pick := func(m map[string][]string) func(string) []string {
		return func(key string) []string { return m[key] }
	}
	return Look{
		Cell: 4, Root: "/home/me/course", Module: "example.org/course",
		Lines: func(cell int) []string {
			return map[int][]string{
				2: {"type I interface{ M(int) string }", "", "func f(a int) (int, error) { return 0, nil }"},
				4: {"total := 1", "\tx := totl + charlm.Size(fmt.Printn)", "日本 := 語彙 + 1", "charm.Size()", "charlm.Greet()"},
			}[cell]
		},
		Body:      func(name string) (int, bool) { return 2, name == "model" },
		Names:     func() []string { return []string{"total", "x", "f"} },
		Exported:  pick(map[string][]string{"fmt": {"Print", "Println", "Printf"}, "math/rand": {"Intn"}, "example.org/course/pkg/charlm": {"Size"}}),
		Named:     pick(map[string][]string{"charlm": {"example.org/course/pkg/charlm"}, "rand": {"math/rand", "crypto/rand"}, "toml": {"github.com/BurntSushi/toml"}}),
		Exporting: pick(map[string][]string{"Println": {"fmt"}, "Text": {"crypto/rand"}}),
		Paths:     func() []string { return []string{"math/rand", "math/bits", "strings", "example.org/course/pkg/charlm"} },
	}
}

func TestHints(t *testing.T) {
	for _, c := range []struct {
		message   string
		line, col int
		value     string
		hint      string // of the traceback's last line; empty if the source is the last
	}{
		{"undefined: totl", 2, 7, "undefined: totl (line 2)", "Did you mean total?"},
		{"undefined: charlm", 2, 14, "undefined: charlm (line 2)", `charlm is a package: add ` + "`import \"example.org/course/pkg/charlm\"`."},
		{"undefined: rand", 9, 1, "undefined: rand (line 9)", `rand is a package: add ` + "`import \"math/rand\"` (or \"crypto/rand\")."},
		{"undefined: fmt.Printn", 2, 30, "undefined: fmt.Printn (line 2)", "Did you mean fmt.Println?"},
		{"undefined: fmt.Prinltn", 2, 30, "undefined: fmt.Prinltn (line 2)", "Did you mean fmt.Println?"},
		{"undefined: fmt.println (but have Println)", 2, 30, "undefined: fmt.println (but have Println) (line 2)", ""},
		{"undefined: rand.Text", 9, 1, "undefined: rand.Text (line 9)", `Text is in package "crypto/rand".`},
		{"undefined: rand.Txet", 9, 1, "undefined: rand.Txet (line 9)", ""},
		{"name intn not exported by package math/rand", 9, 1, "name intn not exported by package math/rand (line 9)", "Did you mean rand.Intn?"},
		{"undefined: charm", 4, 1, "undefined: charm (line 4)", `Did you mean charlm, package "example.org/course/pkg/charlm"?`},
		{"undefined: charlm", 5, 1, "undefined: charlm (line 5)", `charlm is a package: add ` + "`import \"example.org/course/pkg/charlm\"`. But it has no Greet."},
		{"undefined: Println", 9, 1, "undefined: Println (line 9)", `Did you mean fmt.Println of package "fmt"?`},
		{"undefined: None", 9, 1, "undefined: None (line 9)", "Go calls it nil."},
		{"undefined: flase", 9, 1, "undefined: flase (line 9)", "Did you mean false?"},
		{"undefined: y", 9, 1, "undefined: y (line 9)", ""},
		{"undefined: F", 9, 1, "undefined: F (line 9)", "Did you mean f?"},
		{
			"undefined: model", 1, 1, "undefined: model (line 1)",
			"model was declared in the body of Cell[2], and what a body declares ends with its cell. " +
				"Declare it in front of the statements with `var model = …` to share it, or open it again here.",
		},
		{"declared and not used: x", 2, 2, "declared and not used: x (line 2)", "Use it, or write `_ = x`."},
		{`"os" imported and not used`, 1, 8, `"os" imported and not used (line 1)`, "Remove the import, or keep it for what it does when it is loaded: `import _ \"os\"`."},
		{`"math/rand" imported as cl and not used`, 1, 8, `"math/rand" imported as cl and not used (line 1)`, "Remove the import, or keep it for what it does when it is loaded: `import _ \"math/rand\"`."},
		{"package math/rend is not in std (/usr/local/go/src/math/rend)", 1, 8, "package math/rend is not in std (line 1)", `Did you mean "math/rand"?`},
		{"package rand is not in std (/usr/lib/go/src/rand)", 1, 8, "package rand is not in std (line 1)", `Did you mean "math/rand" or "crypto/rand"?`},
		{"package qux is not in std (/usr/lib/go/src/qux)", 1, 8, "package qux is not in std (line 1)", "The standard library has no such package; other packages' paths begin with a host, as in github.com/…"},
		{
			"no required module provides package github.com/x/yy; to add it:\n\tgo get github.com/x/yy", 1, 8,
			"no required module provides package github.com/x/yy (line 1)", "`!*go get github.com/x/yy` fetches it from the network.",
		},
		{
			"no required module provides package github.com/burntsushi/toml; to add it:\n\tgo get github.com/burntsushi/toml", 1, 8,
			"no required module provides package github.com/burntsushi/toml (line 1)",
			`Did you mean "github.com/BurntSushi/toml"? If not, ` + "`!*go get github.com/burntsushi/toml` fetches it from the network.",
		},
		{"could not import strngs (file not found)", 1, 8, "could not import strngs (file not found) (line 1)", `Did you mean "strings"?`},
		{
			"cannot use g (variable of type *github.com/gomlx/gomlx/core/graph.Graph) as string value in assignment", 2, 2,
			"cannot use g (variable of type *graph.Graph) as string value in assignment (line 2)", "",
		},
	} {
		r := Compile([]Diagnostic{{"Cell[4]", c.line, c.col, c.message}}, answers())
		if r.Name != "CompileError" || r.Value != c.value {
			t.Errorf("%q: %s: %s, want CompileError: %s", c.message, r.Name, r.Value, c.value)
		}
		hint := r.Traceback[len(r.Traceback)-1]
		if strings.HasPrefix(hint, "   ") || strings.HasPrefix(hint, "\x1b") {
			hint = ""
		}
		if hint != c.hint {
			t.Errorf("%q: hint %q, want %q", c.message, hint, c.hint)
		}
	}
}

func TestCompileGolden(t *testing.T) {
	for name, diags := range map[string][]Diagnostic{
		"compile-nothing": nil,
		"compile-places": {
			{"./Cell[4]", 1, 1, "declared and not used: total"},
			{"/tmp/gonb_1a2b/Cell[4]", 2, 7, "undefined: totl"},
			{"/tmp/gonb_1a2b/Cell[4]", 2, 7, "undefined: totl"},
			{"Cell[4]", 3, 11, "undefined: 語彙"},
			{"Cell[2]", 3, 6, "f redeclared in this block\n\t/tmp/gonb_1a2b/Cell[4]:1:6[/tmp/gonb_1a2b/main.go:11:6]: other declaration of f"},
			{"/home/me/course/pkg/nn/conv.go", 12, 3, "missing return"},
			{"pkg/nn/conv.go", 13, 3, "undefined: q"},
			{"/home/me/go/pkg/mod/github.com/a/b@v1.2.3/c.go", 1, 1, "undefined: z"},
			{"", 0, 0, "# gonb_1a2b\nexit status 1"},
			{"/tmp/gonb_1a2b/main.go", 0, 0, "# gonb_1a2b\n/tmp/gonb_1a2b/main.go is odd\nexit status 1"},
			{"/tmp/gonb_1a2b/Cell", 7, 8, "cannot infer T\n\tCell:2:3: in a silent one"},
			{"Cell[4]", 1, 1, "too many errors"},
		},
		"compile-many": func() (many []Diagnostic) {
			for i := range 13 {
				many = append(many, Diagnostic{"Cell[9]", i + 1, 1, "undefined: q" + strconv.Itoa(i)})
			}
			return many
		}(),
	} {
		golden(t, name, written(Compile(diags, answers())))
	}
}

var position = regexp.MustCompile(`^([^\t:]+):(\d+):(\d+): (.*)$`)

// TestCompileOfRealPrograms reports what the real compiler says of a cell with many mistakes.
func TestCompileOfRealPrograms(t *testing.T) {
	source := map[int]string{
		2: "type I interface{ M(int) string }\n\ntype T struct{}\n\nfunc (T) m() {}\n\nfunc f(a int) (int, error) { return 0, nil }\n",
		3: "x := fooo + 1\nfmt.Printn(`\tx`)\nvar i I = T{}\n\tvar s string = f(1)\ns.Foo()\nreturn 1\n",
	}
	dir := filepath.Join(t.TempDir(), "gonb_1a2b")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	program := "package main\n\nimport \"fmt\"\n\n//line Cell[2]:1:1\n" + source[2] + "\nfunc main() {\n//line Cell[3]:1:1\n" + source[3] + "}\n"
	for name, text := range map[string]string{"go.mod": "module gonb_1a2b\n\ngo 1.26\n", "main.go": program} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "build", "-gcflags=-e", "-o", "program", ".")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if !errors.As(err, new(*exec.ExitError)) {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	var diags []Diagnostic
	for line := range strings.SplitSeq(string(out), "\n") {
		if m := position.FindStringSubmatch(line); m != nil {
			at, _ := strconv.Atoi(m[2])
			col, _ := strconv.Atoi(m[3])
			diags = append(diags, Diagnostic{m[1], at, col, m[4]})
		} else if len(diags) > 0 {
			diags[len(diags)-1].Message += "\n" + line
		}
	}
	look := Look{Cell: 3, Lines: func(cell int) []string { return strings.Split(source[cell], "\n") }}
	golden(t, "compile-real", written(Compile(diags, look)))
}

func TestSyntax(t *testing.T) {
	src := []string{"if x {", "\tfmt.Println(", "日本 := \x1b[31m@", strings.Repeat("a", 300) + "@" + strings.Repeat("b", 300)}
	for _, c := range []struct {
		line, col int
		want      string
	}{
		{2, 14, "<red>no</>\n<dim>line 2, column 14</>\n   2 | \tfmt.Println(\n     | \t            ^"},
		{3, 16, "<red>no</>\n<dim>line 3, column 16</>\n   3 | 日本 := [31m@\n     |         " + "    ^"}, // The escape itself is left out.
		{2, 99, "<red>no</>\n<dim>line 2, column 99</>\n   2 | \tfmt.Println(\n     | \t            ^"},
		{1, 0, "<red>no</>\n<dim>line 1</>\n   1 | if x {"},
		{9, 1, "<red>no</>\n<dim>line 9, column 1</>"},
		{0, 0, "<red>no</>"},
		{
			4, 301, "<red>no</>\n<dim>line 4, column 301</>\n   4 | …" + strings.Repeat("a", 60) + "@" + strings.Repeat("b", 59) + "…\n     | " +
				strings.Repeat(" ", 61) + "^",
		},
	} {
		r := Syntax(c.line, c.col, "no\r\n", src)
		_, got, _ := strings.Cut(written(r), "\n\n")
		if got != c.want+"\n" || r.Name != "SyntaxError" {
			t.Errorf("line %d, column %d:\n%s\nwant\n%s", c.line, c.col, got, c.want)
		}
	}
}

func TestNearest(t *testing.T) {
	for _, c := range []struct{ word, known, want string }{
		{"fooo", "foo bool bar", "foo"},
		{"pritnln", "println print", "println"},
		{"ab", "ba cd", "ba"},
		{"ab", "cd", ""},
		{"Printn", "Print Printf Println", "Println"},
		{"x", "y", ""},
		{"X", "x", "x"},
		{"weihgts", "weights heights", "weights"},
		{"completely", "different", ""},
		{"größe", "grösse größer", "größer"},
		{"same", "same", ""},
		{"", "a", ""},
	} {
		if got := nearest(c.word, strings.Fields(c.known)); got != c.want {
			t.Errorf("nearest(%q, %q) = %q, want %q", c.word, c.known, got, c.want)
		}
	}
}

func FuzzCompile(f *testing.F) {
	f.Add("Cell[4]", 2, 7, "undefined: totl")
	f.Add("/tmp/gonb_1a2b/main.go", 1, 1, "# gonb_1a2b\nexit status 1")
	f.Add("./Cell[2]", 3, 99, "f redeclared in this block\n\tCell[2]:4:6[/tmp/gonb_1a2b/main.go:11:6]: other declaration of f")
	f.Add("gonb\x0f_0", 1, 1, "Cell:3:4: odd")
	f.Add("a.go", -1, -5, "no required module provides package a.b/c; to add it:\n\tgo get a.b/c")
	f.Fuzz(func(t *testing.T, file string, line, col int, message string) {
		r := Compile([]Diagnostic{{file, line, col, message}, {"Cell[4]", line, col, message}}, answers())
		if r.Name != "CompileError" || r.Value == "" || len(r.Traceback) == 0 || strings.Contains(r.Value, "\n") {
			t.Errorf("report %+v", r)
		}
		sound(t, r)
	})
}

// sound checks what holds for every report: no temporary folders, no control characters but our own colours.
func sound(t *testing.T, r Report) {
	t.Helper()
	all := strings.NewReplacer(redBold, "", dimmed, "", plain, "").Replace(r.Value + "\n" + strings.Join(r.Traceback, "\n"))
	if all != printable(all) {
		t.Errorf("control characters in %q", all)
	}
	if at := temporary.FindString(all); at != "" {
		t.Errorf("temporary folder %s in %q", at, all)
	}
}
