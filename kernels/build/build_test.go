package build

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestUnchangedIsKept(t *testing.T) {
	k := newBench(t)
	p := k.program(`fmt.Print("hi")`)
	for i, want := range []bool{false, true, true} {
		if got, cached, err := k.build(p); got != "hi" || cached != want || err != nil {
			t.Fatalf("time %d: printed %q, cached %v, %v", i, got, cached, err)
		}
	}
	// another kernel on another folder, after a restart: the index and the program are found
	dir := filepath.Join(filepath.Dir(k.dir), "gonb_2")
	k.folder(dir)
	p.Dir = dir
	second := New(Options{Root: k.root, Cache: k.cache.dir, Env: k.env})
	defer second.Close()
	if err := second.Warm(context.Background()); err != nil || second.index.Load() == nil {
		t.Fatal(err)
	}
	second.Use(dir)
	if cached, err := second.Build(context.Background(), p, filepath.Join(dir, "out")); !cached || err != nil {
		t.Fatalf("cached %v, %v", cached, err)
	}
	if len(second.making) != 0 {
		t.Error("the index was made again for another folder")
	}
	// a damaged one is not used
	file := k.cache.file(mustJob(t, k, p).key)
	if err := os.WriteFile(file, []byte("rubbish"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got, cached, err := k.build(p); got != "hi" || cached || err != nil {
		t.Fatalf("damaged: printed %q, cached %v, %v", got, cached, err)
	}
}

func mustJob(t *testing.T, k *bench, p Program) *job {
	t.Helper()
	j, err := k.job(context.Background(), p)
	if err != nil || j == nil {
		t.Fatalf("the program goes to the go command: %v", err)
	}
	return j
}

func TestNothingStale(t *testing.T) {
	k := newBench(t)
	a, e := k.program(`fmt.Print(a.A())`), k.program(`fmt.Print(e.E())`)
	k.prints(a, "abc1")
	k.prints(e, "x1")

	info, err := os.Stat(filepath.Join(k.root, "c/c.go"))
	if err != nil {
		t.Fatal(err)
	}
	k.write("c/c.go", "package c\n\nvar C = \"c2\"\n") // same size
	if err := os.Chtimes(filepath.Join(k.root, "c/c.go"), info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	k.prints(k.program(`fmt.Print(c.C)`), "c2") // only c is compiled anew for this one
	k.prints(a, "abc2")                         // and a, two imports away, for this

	k.write("c/more.go", "package c\n\nfunc init() { C = \"more\" }\n")
	k.prints(a, "abmore")
	if err := os.Remove(filepath.Join(k.root, "c/more.go")); err != nil {
		t.Fatal(err)
	}
	k.prints(a, "abc2")

	k.write("e/files/x", "2")
	k.prints(e, "x2")
	k.write("e/files/y", "3")
	k.prints(e, "x2y3")

	k.write("b/b.go", "package b\n\nfunc B() string { return 1 }\n")
	if d := k.complaint(a); d.File != filepath.Join(k.root, "b/b.go") || d.Line != 3 || !strings.Contains(d.Message, "cannot use 1") {
		t.Errorf("type error in a package: %+v", d)
	}
	k.write("b/b.go", "package b\n\nfunc B() string {\n")
	if d := k.complaint(a); d.File != filepath.Join(k.root, "b/b.go") || d.Line != 4 || !strings.Contains(d.Message, "syntax error") {
		t.Errorf("syntax error in a package: %+v", d)
	}
	k.prints(k.program(`fmt.Print(c.C)`), "c2") // what does not need it goes on
	k.write("b/b.go", sources["b/b.go"])
	k.prints(a, "abc2")

	k.write("c/c.go", "package c\n\nimport _ \"example.com/m/a\"\n\nvar C = \"\"\n")
	if d := k.complaint(a); !strings.Contains(d.Message, "import cycle not allowed") {
		t.Errorf("import cycle: %+v", d)
	}
	if err := os.RemoveAll(filepath.Join(k.root, "c")); err != nil {
		t.Fatal(err)
	}
	if d := k.complaint(a); !strings.Contains(d.Message, "example.com/m/c") {
		t.Errorf("package removed: %+v", d)
	}
	k.write("c/c.go", "package c\n\nvar C = \"c3\"\n")
	k.prints(a, "abc3")

	k.write("fresh/f.go", "package fresh\n\nfunc F() string { return \"f\" }\n")
	k.prints(k.program(`fmt.Print(fresh.F())`), "f")
}

func TestGoModChanged(t *testing.T) {
	k := newBench(t)
	p := k.program(`var s string; for i := range 3 { defer func() { s += string(rune('0'+i)); if i == 0 { print(s) } }() }`)
	k.prints(p, "210")
	was := k.index.Load()
	other := filepath.Join(filepath.Dir(k.root), "other")
	k.root, other = other, k.root
	k.write("go.mod", "module example.com/other\n\ngo 1.24\n")
	k.write("o/o.go", "package o\n\nfunc O() string { return \"o\" }\n")
	k.root, other = other, k.root
	k.write("go.mod", sources["go.mod"]+"\nrequire example.com/other v0.0.0\n\nreplace example.com/other => ../other\n")
	o := Program{Dir: k.dir, Source: []byte("package main\n\nimport (\n\t\"fmt\"\n\n\t\"example.com/other/o\"\n)\n\nfunc main() { fmt.Print(o.O()) }\n")}
	k.prints(o, "o")
	if err := k.Warm(context.Background()); err != nil {
		t.Fatal(err)
	}
	if k.index.Load().Base == was.Base {
		t.Error("the index is still the old go.mod's")
	}
	mustJob(t, k, o)
	if err := os.WriteFile(filepath.Join(other, "o/o.go"), []byte("package o\n\nfunc O() string { return \"p\" }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	k.prints(o, "p") // a replaced module is as local as the module itself
}

func TestSameBytesAnywhere(t *testing.T) {
	k := newBench(t)
	p := k.program(`fmt.Print(a.A())`)
	var made [][]byte
	for _, dir := range []string{k.dir, t.TempDir()} {
		j := mustJob(t, k, p)
		out := filepath.Join(dir, "out")
		if err := j.run(context.Background(), out); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, text)
		if bytes.Contains(text, []byte(filepath.Join(dir, ".build-"))) {
			t.Error("the executable names the folder that it was made in")
		}
	}
	if !bytes.Equal(made[0], made[1]) {
		t.Error("executables of one program differ")
	}
}

func TestLinkedAsGoListSays(t *testing.T) {
	k := newBench(t)
	p := Program{Dir: k.dir, Source: []byte("package main\n\nimport (\n\t\"net/http\"\n\t\"os/user\"\n)\n\nfunc main() { _, _ = user.Current(); print(http.StatusText(200)) }\n")}
	k.prints(p, "OK") // net and os/user hold C where there is a C compiler
	have := map[string]bool{}
	for _, e := range mustJob(t, k, p).linked {
		have[e.Path] = true
	}
	cmd := exec.Command("go", "list", "-deps", "net/http", "os/user", "runtime")
	cmd.Dir, cmd.Env = k.dir, k.env
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for path := range strings.FieldsSeq(string(out)) {
		if !have[path] {
			t.Errorf("%s is missing", path)
		}
		delete(have, path)
	}
	if len(have) > 0 {
		t.Errorf("too much: %v", have)
	}
}

func TestCancel(t *testing.T) {
	k := newBench(t)
	p := k.program(`fmt.Print("never")`)
	out := filepath.Join(k.dir, "out")
	for _, slow := range []Program{p, {Dir: p.Dir, Source: p.Source, Flags: []string{"-a"}}} { // direct, and by the go command
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() {
			_, err := k.Build(ctx, slow, out)
			done <- err
		}()
		time.Sleep(30 * time.Millisecond)
		cancel()
		start := time.Now()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
		t.Logf("ended %v after it was cancelled", time.Since(start))
		if left, _ := filepath.Glob(filepath.Join(k.dir, ".build-*")); len(left) > 0 || exists(out) {
			t.Errorf("left %v", left)
		}
	}
}
