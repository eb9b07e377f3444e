package build

import (
	"slices"
	"strings"
	"testing"
)

// The outputs are those of Go 1.26, shortened.
var outputs = []struct {
	name, output string
	want         []Diagnostic
}{
	{"compiler", "Cell[3]:2:8: \"os\" imported and not used\nCell[3]:3:15: undefined: fmt\n", []Diagnostic{{"Cell[3]", 2, 8, `"os" imported and not used`}, {"Cell[3]", 3, 15, "undefined: fmt"}}},
	{
		"several lines", "Cell[3]:6:52: too many arguments in call to f\n\thave (number, number)\n\twant (int)\nCell[3]:7:1: too many errors\n",
		[]Diagnostic{{"Cell[3]", 6, 52, "too many arguments in call to f\n\thave (number, number)\n\twant (int)"}},
	},
	{
		"where it really stands", "Cell[3]:5:10: method T.A already declared at Cell[3]:4:10[main.go:5:10]\n",
		[]Diagnostic{{"Cell[3]", 5, 10, "method T.A already declared at Cell[3]:4:10"}},
	},
	{
		"cycle", "Cell[3]:2:5: initialization cycle for a\n\tCell[3]:2:5[main.go:3:5]: a refers to b\n\tCell[3]:2:8[main.go:3:8]: b refers to a\n",
		[]Diagnostic{{"Cell[3]", 2, 5, "initialization cycle for a\n\tCell[3]:2:5: a refers to b\n\tCell[3]:2:8: b refers to a"}},
	},
	{"own file", "./main.go:2:5: type [1125899906842624]byte larger than address space\n", []Diagnostic{{"main.go", 2, 5, "type [1125899906842624]byte larger than address space"}}},
	{"no column", "Cell 3: ünï:12: missing return\n", []Diagnostic{{"Cell 3: ünï", 12, 0, "missing return"}}},
	{
		"package of the module", "# example.com/m/b\n../m/b/b.go:3:26: cannot use 1 (untyped int constant) as string value in return statement\n",
		[]Diagnostic{{"/tmp/m/b/b.go", 3, 26, "cannot use 1 (untyped int constant) as string value in return statement"}},
	},
	{
		"module missing", "go: downloading example.com/x v1.0.0\nCell[3]:2:8: no required module provides package github.com/no/such; to add it:\n\tgo get github.com/no/such\n",
		[]Diagnostic{{"Cell[3]", 2, 8, "no required module provides package github.com/no/such; to add it:\n\tgo get github.com/no/such"}},
	},
	{"internal", "package gonb_1\n\tCell[3]:2:8: use of internal package example.com/m/internal not allowed\n", []Diagnostic{{"Cell[3]", 2, 8, "use of internal package example.com/m/internal not allowed"}}},
	{
		"import cycle", "package gonb_1\n\timports example.com/m/a from main.go\n\timports example.com/m/c from a.go\n\timports example.com/m/a from c.go: import cycle not allowed\n",
		[]Diagnostic{{"", 0, 0, "package gonb_1\n\timports example.com/m/a from main.go\n\timports example.com/m/c from a.go\n\timports example.com/m/a from c.go: import cycle not allowed"}},
	},
	{"linker", "# gonb_1\nmain.main: relocation target example.com/x.y not defined\n", []Diagnostic{{"", 0, 0, "main.main: relocation target example.com/x.y not defined"}}},
	{"no main", "# gonb_1\nruntime.main_main·f: function main is undeclared in the main package\n", []Diagnostic{{"", 0, 0, "runtime.main_main·f: function main is undeclared in the main package"}}},
	{"constraints", "package gonb_1\n\timports example.com/m/w: build constraints exclude all Go files in /m/w\n", []Diagnostic{{"", 0, 0, "package gonb_1\n\timports example.com/m/w: build constraints exclude all Go files in /m/w"}}},
	{"go.mod", "go: errors parsing go.mod:\n../m/go.mod:3: unknown directive: foo\n", []Diagnostic{{"", 0, 0, "go: errors parsing go.mod:"}, {"/tmp/m/go.mod", 3, 0, "unknown directive: foo"}}},
	{"indented first", "\tx\n", []Diagnostic{{"", 0, 0, "x"}}},
	{"nothing", "\n", nil},
}

func TestDiagnose(t *testing.T) {
	for _, c := range outputs {
		t.Run(c.name, func(t *testing.T) {
			if got := Diagnose(c.output, "/tmp/gonb_1"); !slices.Equal(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestFailedSaysIt(t *testing.T) {
	f := &Failed{Diagnostics: []Diagnostic{{"Cell[3]", 2, 8, "first"}, {"m.go", 1, 0, "second"}, {"", 0, 0, "third"}}}
	if got, want := f.Error(), "build: Cell[3]:2:8: first\nm.go:1: second\nthird"; got != want {
		t.Errorf("got %q", got)
	}
	if got := (&Failed{Output: "killed\n"}).Error(); got != "build: killed" {
		t.Errorf("got %q", got)
	}
}

func FuzzDiagnose(f *testing.F) {
	for _, c := range outputs {
		f.Add(c.output)
	}
	f.Fuzz(func(t *testing.T, output string) {
		all := Diagnose(output, "/tmp/gonb_1")
		if len(all) > strings.Count(output, "\n")+1 {
			t.Fatalf("%d diagnostics in %q", len(all), output)
		}
		for _, d := range all {
			if d.Line < 0 || d.Col < 0 || d.File == "" && d.Line > 0 || strings.Contains(d.File, "\n") || strings.HasPrefix(d.Message, "\n") {
				t.Fatalf("%q gave %+v", output, d)
			}
			for more := range strings.SplitSeq(d.Message, "\n") {
				if !strings.HasPrefix(d.Message, more) && !strings.HasPrefix(more, "\t") {
					t.Fatalf("%q gave %+v", output, d)
				}
			}
		}
	})
}

func FuzzDirectives(f *testing.F) {
	f.Add("module m\n\ngo 1.24\n\nrequire (\n\ta v1.0.0 // indirect\n\t\"b\" v1.0.0\n)\nreplace a => ../a\n")
	f.Add("\"\" 0")
	f.Add("use (\n\t.\n\t./x // why\n)\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, words := range directives(text) {
			if len(words) < 2 || words[0] == "" {
				t.Fatalf("%q gave %q", text, words)
			}
		}
	})
}

func FuzzShellWords(f *testing.F) {
	f.Add(`GOROOT='/usr/local/go' /go/compile -o $WORK/b001/_pkg_.a -trimpath "$WORK/b001=>" -p main`)
	f.Add(`cat >$WORK/b001/importcfg << 'EOF' # internal`)
	f.Fuzz(func(t *testing.T, line string) {
		words, ok := shellWords(line)
		if ok && strings.Trim(line, " ") == "" && len(words) > 0 {
			t.Fatalf("%q gave %q", line, words)
		}
	})
}
