package cell

import (
	"errors"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// build compiles a program, runs it, and returns what either prints.
func build(t *testing.T, p Program, extra map[string][]byte, env ...string) (built bool, output string) {
	t.Helper()
	dir := t.TempDir()
	files := map[string][]byte{p.File: p.Source, "go.mod": []byte("module cell\n\ngo 1.26\n")}
	for name, text := range extra {
		files[name] = text
	}
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"build", "-o", "program", "."}
	if p.File == "main_test.go" {
		args = []string{"test", "-c", "-o", "program", "."}
	}
	command := exec.Command("go", args...)
	command.Dir = dir
	command.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	if text, err := command.CombinedOutput(); err != nil {
		return false, string(text) + err.Error()
	}
	command = exec.Command("./program", "-test.v")
	if p.File == "main.go" {
		command = exec.Command("./program")
	}
	command.Dir, command.Env = dir, append(os.Environ(), env...)
	text, err := command.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return true, string(text)
}

func TestCompileErrors(t *testing.T) {
	for _, test := range []struct {
		name, source string
		want         []string
	}{
		{"in the body", "import \"fmt\"\n\nx := 1\n  y := nope; z := 2\nfmt.Println(\"ü\", also)\n", []string{"Cell[7]:3:1: declared and not used: x", "Cell[7]:4:8: undefined: nope", "Cell[7]:4:14: declared and not used: z", "Cell[7]:5:19: undefined: also"}},
		{"in definitions", "!ls\n// doc\nfunc f() int {\n\treturn nope\n}\n  type T undefinedType", []string{"Cell[7]:4:9: undefined: nope", "Cell[7]:6:10: undefined: undefinedType"}},
		{"imports", "import (\n\t\"os\"\n  e \"errors\"\n)", []string{`Cell[7]:2:2: "os" imported and not used`, `Cell[7]:3:3: "errors" imported as e and not used`}},
		{"around special lines", "!ls\nx := 1\n%env A b\n%%\ny := 2\r\n", []string{"Cell[7]:2:1: declared and not used: x", "Cell[7]:5:1: declared and not used: y"}},
		{"own main", "\n func main() {\n\tnope() }", []string{"Cell[7]:3:2: undefined: nope"}},
		{"redeclared", "func f() {}\nfunc f() {}", []string{"Cell[7]:2:6: f redeclared in this block", "Cell[7]:1:6", "other declaration of f"}},
		{"exec", "%exec nope", []string{"main.go:5:2: undefined: nope"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			built, output := build(t, Render(&Memory{}, split(t, test.source), 7, Options{}), nil)
			if built {
				t.Fatal("it compiles")
			}
			for _, want := range test.want {
				if !strings.Contains(output, want) {
					t.Errorf("%q is not in:\n%s", want, output)
				}
			}
		})
	}
}

// The compiler alone, as a kernel calls it, says the same without a folder.
func TestCompilerSaysCell(t *testing.T) {
	p := Render(&Memory{}, split(t, "func main() {\n\tvar x int\n}"), 7, Options{})
	file := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(file, p.Source, 0o644); err != nil {
		t.Fatal(err)
	}
	output, err := exec.Command("go", "tool", "compile", "-p", "main", "-o", file+".o", file).CombinedOutput()
	if err == nil || string(output) != "Cell[7]:2:6: declared and not used: x\n" {
		t.Errorf("%v: %s", err, output)
	}
}

func TestPrograms(t *testing.T) {
	for _, test := range []struct {
		name  string
		cells []string
		want  []string
	}{
		{"a panic's trace", []string{"// f fails\nfunc f(x []int) int {\n\treturn x[3]\n}", "import \"fmt\"\nfmt.Println(1)\n\nf(nil)"}, []string{"\tCell[1]:3", "\tCell[2]:4 +"}},
		{"a deferred panic", []string{"defer func() {\n\tpanic(\"late\")\n}()\nprintln(1)"}, []string{"\tCell[1]:2 +", "\tCell[1]:4 +"}},
		{"runtime.Caller", []string{"import (\"fmt\"; \"runtime\")\n_, file, line, _ := runtime.Caller(0)\nfmt.Println(file, line)"}, []string{"Cell[1] 2\n"}},
		{"blocks keep their place", []string{
			"const (\n\tzero = iota\n\tone\n\ttwo\n)\nvar (\n\ta = 1 // a\n\t// doc\n\tb = 2; c = 3\n)\nvar d, e,\n\tf = 4, 5,\n\t6\ntype (\n\tT int\n\tU int\n)",
			"const one = 11\nvar b, e = 22, 55\ntype T string",
			"import \"fmt\"\nfmt.Println(zero, one, two, a, b, c, d, e, f, T(\"t\"), U(1))",
		}, []string{"0 11 2 1 22 3 4 55 6 t 1\n"}},
		{"init", []string{"func init_b() { println(\"b\") }\nfunc init_a() { println(\"a\") }", "func init_b() { println(\"B\") }\nfunc init() { println(\"i\") }\nfunc init() { println(\"j\") }\nprintln(\"main\")"}, []string{"a\nB\ni\nj\nmain\n"}},
		{"flags and names of one's own", []string{"import \"flag\"\nvar n = flag.Int(\"n\", 3, \"\")", "println(*n, flag.Parsed())"}, []string{"3 true"}},
		{"flag may be a name", []string{"var flag = 5", "println(flag)"}, []string{"5\n"}},
		{"exec", []string{"func f() { println(\"f\") }", "%exec f"}, []string{"f\n"}},
		{"own main", []string{"println(1)", "func main() { println(2) }"}, []string{"2\n"}},
		{"a test", []string{"func f() int { return 1 }", "%test\nimport \"testing\"\nfunc TestF(t *testing.T) {\n\tif f() != 2 {\n\t\tt.Error(\"no\")\n\t}\n}"}, []string{"Cell[2]:5: no"}},
		{"labels", []string{"i := 0\nL:\nfor ; i < 3; i++ {\n\tif i == 1 {\n\t\tbreak L\n\t}\n}\nprintln(i)"}, []string{"1\n"}},
		{"statements only a body can have", []string{"x := 5\ntype T int\nfunc() { println(x) }()\nvar y T = 3\nif z := y; z > 2 {\n\tprintln(z)\n}; println(int(y) + x)"}, []string{"5\n3\n8\n"}},
		{"strings that look like commands", []string{"const text = `\n%%\n!ls\npackage x\n`\nprintln(len(text))"}, []string{"18\n"}},
		{"directives", []string{"//go:build !linux && linux\n//go:debug a=b\n\nvar v = 1\n//go:noinline\nfunc f() int { return 2 }\n//go:generate x\n", "//go:build never\nprintln(f())"}, []string{"2\n"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			last := len(test.cells) - 1
			m := remember(t, test.cells[:last]...)
			p := Render(m, split(t, test.cells[last]), last+1, Options{})
			built, output := build(t, p, nil)
			if !built {
				t.Fatalf("%s\n%s", output, p.Source)
			}
			for _, want := range test.want {
				if !strings.Contains(output, want) {
					t.Errorf("%q is not in:\n%s\n%s", want, output, p.Source)
				}
			}
		})
	}
}

func TestDirectives(t *testing.T) {
	p := Render(&Memory{}, split(t, "import _ \"embed\"\n//go:embed text.txt\nvar text string\nprint(text)"), 1, Options{})
	if _, output := build(t, p, map[string][]byte{"text.txt": []byte("embedded")}); output != "embedded" {
		t.Errorf("embed: %s", output)
	}
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("cgo needs gcc")
	}
	for _, head := range []string{"", "// head\n\n"} {
		source := head + "// #include <stdlib.h>\n// static int twice(int x) { return 2*x; }\nimport \"C\"\nprintln(C.twice(21))"
		if _, output := build(t, Render(&Memory{}, split(t, source), 1, Options{}), nil, "CGO_ENABLED=1"); output != "42\n" {
			t.Errorf("cgo: %s", output)
		}
	}
}

func TestRenderOptions(t *testing.T) {
	m := remember(t, "import \"os\"")
	c := split(t, "x := 20\nx +\n nope // why")
	p := Render(m, c, 0, Options{
		Imports:     []ImportSpec{{Path: "math"}, {Name: "f", Path: "fmt", Cell: 4, Line: 2, Col: 3}},
		Value:       true,
		Constants:   map[string]string{"Dir": `"/d"`},
		Expressions: map[string]string{"a b:\n": "x + // end\n", "bad": "x)", "two": "y", "more": "x; y"},
	})
	text := string(p.Source)
	for _, want := range []string{
		"import /*line main.go:1:1*/\"math\"\n", "import /*line Cell[4]:2:3*/f \"fmt\"\n", "const Dir = \"/d\"\n", "//line Cell:1:1\nx := 20\n",
		"curiousValue(/*line Cell:2:1*/x +\n nope)\n", "curiousExpression(\"two\")(/*line Expression[two]:1:1*/y) }()\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in:\n%s", want, text)
		}
	}
	if strings.Contains(text, `"os"`) || len(p.Rejected) != 3 || p.Rejected["bad"] == nil || p.Rejected["more"] == nil {
		t.Errorf("rejected %v in:\n%s", p.Rejected, text)
	}
	for at, want := range map[int]string{0: "x := 20", strings.Index(c.Source, "nope"): "nope)"} {
		if got, ok := p.Offset(at); !ok || !strings.HasPrefix(text[got:], want) {
			t.Errorf("offset %d: %d, %v", at, got, ok)
		}
	}
	if _, ok := p.Offset(len(c.Source)); ok {
		t.Error("the comment at the end is not in the program")
	}
	main := Render(m, split(t, "func main() {\n\ty := 1\n} // end"), 2, Options{Imports: []ImportSpec{}, Expressions: map[string]string{"y": " y "}})
	if !strings.Contains(string(main.Source), "\ty := 1\n\nfunc() { defer curiousRecover(\"y\"); curiousExpression(\"y\")(/*line Expression[y]:1:1*/y) }()\n//line Cell[2]:3:1\n}\n") {
		t.Errorf("own main:\n%s", main.Source)
	}
	if _, err := parser.ParseFile(token.NewFileSet(), "", main.Source, 0); err != nil {
		t.Error(err)
	}
}

// A cell that is being typed is rendered too, so that names can be completed in it.
func TestRenderUnfinished(t *testing.T) {
	for _, source := range []string{"func f(x int) {\n\tx.", "y := 1\ny.", "func (t *T) m() { t. }"} {
		c, err := Split(source)
		if err == nil {
			t.Fatalf("%q is sound", source)
		}
		p := Render(&Memory{}, c, 1, Options{})
		at, ok := p.Offset(strings.Index(source, "."))
		if !ok || p.Source[at] != '.' {
			t.Errorf("%q: %d, %v in\n%s", source, at, ok, p.Source)
		}
	}
}

func TestRenderLeavesMemory(t *testing.T) {
	m := remember(t, "var a = 1")
	Render(m, split(t, "var a, b = 1, 2\nx := 1"), 2, Options{})
	if keys(m) != "a" || m.Definitions()[0].Cell != 1 || len(m.BodyNames()) != 0 {
		t.Error("Render changed the memory")
	}
}
