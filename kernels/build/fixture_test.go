package build

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// bench is a module, a folder for programs that uses it, and a Builder for that, as a kernel has them.
type bench struct {
	*Builder
	t         testing.TB
	root, dir string
	env       []string
}

// sources of the module: a uses b uses c, and e embeds files.
var sources = map[string]string{
	"go.mod":         "module example.com/m\n\ngo 1.24\n",
	"a/a.go":         "package a\n\nimport \"example.com/m/b\"\n\nfunc A() string { return \"a\" + b.B() }\n",
	"b/b.go":         "package b\n\nimport \"example.com/m/c\"\n\nfunc B() string { return \"b\" + c.C }\n",
	"c/c.go":         "package c\n\nvar C = \"c1\"\n",
	"e/e.go":         "package e\n\nimport \"embed\"\n\n//go:embed files\nvar files embed.FS\n\nfunc E() (s string) {\n\tentries, _ := files.ReadDir(\"files\")\n\tfor _, f := range entries {\n\t\ttext, _ := files.ReadFile(\"files/\" + f.Name())\n\t\ts += f.Name() + string(text)\n\t}\n\treturn s\n}\n",
	"e/files/x":      "1",
	"internal/i.go":  "package internal\n\nfunc I() {}\n",
	"cmd/main.go":    "package main\n\nfunc main() {}\n",
	"template/t.go":  "package template\n\nfunc Mine() {}\n",
	"broken/bad.txt": "",
}

func newBench(t testing.TB) *bench {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command on PATH")
	}
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	k := &bench{t: t, root: filepath.Join(base, "m"), dir: filepath.Join(base, "gonb_1")}
	for name, text := range sources {
		k.write(name, text)
	}
	k.env = append(os.Environ(), "GOFLAGS=-ldflags=-w", "GOWORK=", "GODEBUG=")
	k.folder(k.dir)
	k.Builder = New(Options{Root: k.root, Cache: filepath.Join(base, "cache"), Env: k.env})
	t.Cleanup(k.Close)
	if err := k.Warm(context.Background()); err != nil {
		t.Fatal(err)
	}
	k.Use(k.dir) // which the index, made before there was such a folder, is good for
	if ws, err := k.workspace(k.dir); err != nil || k.ready(ws) == nil {
		t.Fatal("the index is not this folder's: ", err)
	}
	if why := k.index.Load().Plan.Why; why != "" {
		t.Fatal("every program goes to the go command: " + why)
	}
	return k
}

// folder makes a folder for programs, as GoNB does.
func (k *bench) folder(dir string) {
	k.t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		k.t.Fatal(err)
	}
	for _, args := range []string{"mod init " + filepath.Base(dir), "work init", "work use " + k.root + " .", "mod edit -replace example.com/m=" + k.root} {
		cmd := exec.Command("go", strings.Fields(args)...)
		cmd.Dir, cmd.Env = dir, k.env
		if out, err := cmd.CombinedOutput(); err != nil {
			k.t.Fatalf("go %s: %s", args, out)
		}
	}
}

func (k *bench) write(name, text string) {
	k.t.Helper()
	file := filepath.Join(k.root, name)
	err := os.MkdirAll(filepath.Dir(file), 0o755)
	if err == nil {
		err = os.WriteFile(file, []byte(text), 0o644)
	}
	if err != nil {
		k.t.Fatal(err)
	}
}

// program is main.go with a body, its imports resolved.
func (k *bench) program(body string, declared ...Import) Program {
	k.t.Helper()
	imports, _, err := k.Resolve([]byte("package main\nfunc main() {\n"+body+"\n}\n"), declared)
	if err != nil {
		k.t.Fatal(err)
	}
	text := "package main\n\n"
	for _, i := range imports {
		text += "import " + i.Alias + " \"" + i.Path + "\"\n"
	}
	return Program{Dir: k.dir, Source: []byte(text + "\nfunc main() {\n//line Cell[7]:1:1\n" + body + "\n}\n")}
}

// build builds a program and gives what it prints.
func (k *bench) build(p Program) (printed string, cached bool, err error) {
	k.t.Helper()
	out := filepath.Join(k.dir, "gonb_1")
	cached, err = k.Build(context.Background(), p, out)
	if err != nil {
		return "", cached, err
	}
	text, err := exec.Command(out).CombinedOutput()
	if err != nil {
		k.t.Fatalf("running the program: %v: %s", err, text)
	}
	return string(text), cached, nil
}

func (k *bench) prints(p Program, want string) {
	k.t.Helper()
	if got, _, err := k.build(p); err != nil || got != want {
		k.t.Errorf("printed %q, %v; want %q", got, err, want)
	}
}

// complaint is the first diagnostic of a program that must not build.
func (k *bench) complaint(p Program) Diagnostic {
	k.t.Helper()
	_, _, err := k.build(p)
	var failed *Failed
	if !errors.As(err, &failed) || len(failed.Diagnostics) == 0 {
		k.t.Fatalf("got %v, want diagnostics", err)
	}
	return failed.Diagnostics[0]
}
