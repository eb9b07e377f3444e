package build

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestLeftToTheGoCommand(t *testing.T) {
	k := newBench(t)
	at := func(name, text string) {
		if err := os.WriteFile(filepath.Join(k.dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	at("note.txt", "embedded")
	for name, c := range map[string]struct {
		p    Program
		want string
	}{
		"flags":          {Program{Source: []byte("package main\nfunc main() { print(s) }\nvar s = \"x\"\n"), Flags: []string{"-ldflags=-X main.s=flagged"}}, "flagged"},
		"embedded file":  {Program{Source: []byte("package main\nimport _ \"embed\"\n//go:embed note.txt\nvar s string\nfunc main() { print(s) }\n")}, "embedded"},
		"build tag":      {Program{Source: []byte("package main\nfunc main() { print(s) }\n"), Extra: map[string][]byte{"x.go": []byte("//go:build never\n\npackage main\nvar s = 1\n"), "y.go": []byte("package main\nvar s = \"y\"\n")}}, "y"},
		"test in extras": {Program{Source: []byte("package main\nfunc main() { print(\"m\") }\n"), Extra: map[string][]byte{"x_test.go": []byte("package main\nvar s = nothing\n")}}, "m"},
	} {
		t.Run(name, func(t *testing.T) {
			c.p.Dir = k.dir
			if j, err := k.job(context.Background(), c.p); j != nil || err != nil {
				t.Errorf("not left to it: %v", err)
			}
			k.t = t
			k.prints(c.p, c.want)
		})
	}
	k.t = t
	p := Program{Dir: k.dir, Source: []byte("package main\nfunc main() { print(s) }\n")}
	at("other.go", "package main\n\nvar s = \"other\"\n")
	k.prints(p, "other")
	at("other.go", "package main\n\nvar s = \"changed\"\n")
	k.prints(p, "changed")
	p.Extra = map[string][]byte{"other.go": []byte("package main\nvar s = \"ours\"\n")}
	k.prints(p, "ours")
	mustJob(t, k, p)
}

func TestModes(t *testing.T) {
	k := newBench(t)
	out := filepath.Join(k.dir, "out")
	test := Program{Dir: k.dir, Source: []byte("package main\n\nimport \"testing\"\n\nfunc TestX(t *testing.T) { t.Log(\"ran\") }\n")}
	if err := k.Make(context.Background(), Test, test, out); err != nil {
		t.Fatal(err)
	}
	if text, err := exec.Command(out, "-test.v").CombinedOutput(); err != nil || !strings.Contains(string(text), "ran") {
		t.Errorf("the test printed %s, %v", text, err)
	}
	if err := k.Make(context.Background(), Wasm, Program{Dir: k.dir, Source: []byte("package main\n\nfunc main() {}\n")}, out); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(out); err != nil || !strings.HasPrefix(string(text), "\x00asm") {
		t.Errorf("not WebAssembly: %.8q, %v", text, err)
	}
	err := k.Make(context.Background(), Wasm, Program{Dir: k.dir, Source: []byte("package main\n\n//line Cell[2]:4:1\nfunc main() { x() }\n")}, out)
	if f, ok := err.(*Failed); !ok || len(f.Diagnostics) != 1 || f.Diagnostics[0] != (Diagnostic{"Cell[2]", 4, 15, "undefined: x"}) {
		t.Errorf("got %v", err)
	}
}

func TestTypes(t *testing.T) {
	k := newBench(t)
	fset := token.NewFileSet()
	check := func(body string) (*ast.File, *types.Info, []types.Error) {
		f, err := parser.ParseFile(fset, "main.go", k.program(body).Source, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, info, wrong := k.Check(fset, []*ast.File{f})
		return f, info, wrong
	}
	last := func(f *ast.File) ast.Expr {
		body := f.Decls[len(f.Decls)-1].(*ast.FuncDecl).Body.List
		return body[len(body)-1].(*ast.ExprStmt).X
	}
	for body, want := range map[string]string{`a.A()`: "string", `strings.Cut("a", "b")`: "(before string, after string, found bool)", `fmt.Println()`: "(n int, err error)", `os.Exit(1)`: "()", `time.Now()`: "time.Time"} {
		f, info, wrong := check(body)
		if got := info.Types[last(f)]; len(wrong) > 0 || got.Type == nil && !got.IsVoid() || got.Type != nil && got.Type.String() != want {
			t.Errorf("%s: type %v, %v; want %s", body, got.Type, wrong, want)
		}
	}
	if _, _, wrong := check("var x int = \"a\"\ny := 1"); len(wrong) < 2 {
		t.Errorf("got %v", wrong)
	}
	k.write("c/c.go", "package c\n\nvar C = 1\n\nfunc New() int { return 1 }\n")
	if f, info, _ := check("c.New()"); info.Types[last(f)].Type.String() != "int" {
		t.Error("types of a changed package are the old ones")
	}
	if _, err := k.Import("example.com/m/a"); err == nil { // b wants a string of c
		t.Error("a package that cannot be compiled has types")
	}
	if p, ok := k.Package("example.com/m/b"); !ok || !strings.Contains(p.Error, "b/b.go") {
		t.Errorf("what is wrong with a package: %+v", p)
	}
	for _, path := range []string{"", "C", "no/such", "example.com/no"} {
		if _, err := k.Import(path); err == nil {
			t.Errorf("imported %q", path)
		}
	}
}

func TestNamed(t *testing.T) {
	k := newBench(t)
	var got []string
	for _, p := range k.Named("template") {
		got = append(got, p.Path)
	}
	if want := "text/template html/template example.com/m/template"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
	for _, p := range k.Packages() {
		if p.Name == "main" || strings.Contains(p.Path, "internal") || strings.HasPrefix(p.Path, "vendor/") {
			t.Errorf("%s can be imported", p.Path)
		}
	}
}

// Everything at once, while a package changes: for the race detector, and for answers that are never of a mixture.
func TestConcurrently(t *testing.T) {
	k := newBench(t)
	p := k.program(`fmt.Print(a.A())`)
	var wg sync.WaitGroup
	do := func(what func()) {
		wg.Go(func() {
			for range 4 {
				what()
			}
		})
	}
	do(func() { _, _, _ = k.Resolve(p.Source, nil) })
	do(func() { _, _ = k.Import("example.com/m/a"); _ = k.Named("a"); k.Packages() })
	do(func() {
		k.Types(func(i types.Importer) {
			if pkg, err := i.Import("net/http"); err == nil {
				pkg.Scope().Names()
			}
		})
	})
	do(func() {
		if _, err := k.Build(context.Background(), p, filepath.Join(k.dir, "other")); err != nil {
			t.Error(err)
		}
	})
	for _, c := range []string{"c4", "c55", "c666"} {
		k.write("c/c.go", "package c\n\nvar C = \""+c+"\"\n")
		k.prints(p, "ab"+c)
	}
	wg.Wait()
}

func TestCacheIsBounded(t *testing.T) {
	dir := t.TempDir()
	c := &cache{dir: dir, limit: 2500}
	made := filepath.Join(dir, "made")
	if err := os.WriteFile(made, make([]byte, 1000), 0o755); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	for i, key := range []string{"a", "b"} {
		c.put(key, made)
		then := time.Now().Add(time.Duration(i-10) * time.Hour)
		if err := os.Chtimes(c.file(key)+".json", then, then); err != nil {
			t.Fatal(err)
		}
	}
	if !c.get("a", out) { // so b is the one used longest ago
		t.Fatal("not kept")
	}
	c.put("c", made)
	if !c.get("a", out) || c.get("b", out) || !c.get("c", out) {
		t.Error("the one that goes is not the one used longest ago")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*", ".place-*")); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

func TestCacheThatCannotBeWritten(t *testing.T) {
	k := newBench(t)
	p := k.program(`fmt.Print("x")`)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"", filepath.Join(file, "cache")} {
		b := New(Options{Root: k.root, Dir: k.dir, Cache: dir, Env: k.env})
		defer b.Close()
		_ = b.Warm(context.Background())
		if _, err := b.Build(context.Background(), p, filepath.Join(k.dir, "out")); err != nil {
			t.Errorf("cache %q: %v", dir, err)
		}
	}
}

func TestBuiltBeforeTheIndexIsMade(t *testing.T) {
	k := newBench(t)
	b := New(Options{Root: k.root, Dir: k.dir, Env: k.env})
	defer b.Close()
	if _, err := b.Build(context.Background(), k.program(`fmt.Print("x")`), filepath.Join(k.dir, "out")); err != nil {
		t.Error(err)
	}
	none := New(Options{Root: k.root, Dir: k.dir, Env: []string{"PATH=/nowhere"}})
	if _, err := none.Build(context.Background(), k.program(`fmt.Print("x")`), filepath.Join(k.dir, "out")); err == nil || !strings.Contains(err.Error(), "no go command") {
		t.Errorf("without a go command: %v", err)
	}
}

func TestDuplicate(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
	if err := os.WriteFile(from, []byte("program"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := duplicate(from, to); err != nil {
		t.Fatal(err)
	}
	a, _ := os.Stat(from)
	b, _ := os.Stat(to)
	if text, _ := os.ReadFile(to); string(text) != "program" || a.Mode() != b.Mode() || !a.ModTime().Equal(b.ModTime()) {
		t.Errorf("%q, %v and %v", text, a, b)
	}
}
