package build

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

const (
	trivial = "package main\n\nimport (\n\t\"flag\"\n\t\"fmt\"\n)\n\nfunc main() { flag.Parse(); fmt.Println(%d) }\n"
	engine  = "package main\n\nimport (\n\t\"fmt\"\n\n\t\"github.com/curious-go/curious/pkg/engine\"\n)\n\nfunc main() { e, err := engine.Open(); fmt.Println(e, err, %d) }\n"
)

// course is a Builder for this module, under the environment of the tests.
func course(b *testing.B) *bench {
	root, err := filepath.Abs("../..")
	if err != nil {
		b.Fatal(err)
	}
	k := newBench(b)
	k.root = root
	dir := filepath.Join(filepath.Dir(k.dir), "gonb_course")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.Fatal(err)
	}
	for name, text := range map[string]string{"go.mod": "module gonb_course\n\ngo 1.26.5\n", "go.work": "go 1.26.5\n\nuse (\n\t.\n\t" + root + "\n)\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	k.dir, k.env = dir, os.Environ()
	k.Builder = New(Options{Root: root, Dir: dir, Cache: k.cache.dir, Env: k.env})
	b.Cleanup(k.Close)
	if err := k.Warm(context.Background()); err != nil {
		b.Fatal(err)
	}
	return k
}

func BenchmarkBuild(b *testing.B) {
	k := course(b)
	n := 0
	for _, c := range []struct{ name, text string }{{"trivial", trivial}, {"engine", engine}} {
		program := func(n int) Program { return Program{Dir: k.dir, Source: fmt.Appendf(nil, c.text, n)} }
		out := filepath.Join(k.dir, "out")
		build := func(p Program, want bool) {
			if cached, err := k.Build(context.Background(), p, out); err != nil || cached != want {
				b.Fatalf("cached %v, %v", cached, err)
			}
		}
		b.Run(c.name+"/changed", func(b *testing.B) {
			quickest := time.Hour
			for b.Loop() {
				n++
				start := time.Now()
				build(program(n), false)
				quickest = min(quickest, time.Since(start))
			}
			b.ReportMetric(float64(quickest.Microseconds())/1000, "min-ms")
		})
		build(program(0), false)
		b.Run(c.name+"/unchanged", func(b *testing.B) {
			for b.Loop() {
				build(program(0), true)
			}
		})
		b.Run(c.name+"/go build", func(b *testing.B) {
			quickest := time.Hour
			for b.Loop() {
				n++
				start := time.Now()
				if err := os.WriteFile(filepath.Join(k.dir, "main.go"), program(n).Source, 0o644); err != nil {
					b.Fatal(err)
				}
				cmd := exec.Command("go", "build", "-o", out)
				cmd.Dir, cmd.Env = k.dir, k.env
				if text, err := cmd.CombinedOutput(); err != nil {
					b.Fatalf("%s", text)
				}
				quickest = min(quickest, time.Since(start))
			}
			b.ReportMetric(float64(quickest.Microseconds())/1000, "min-ms")
			os.Remove(filepath.Join(k.dir, "main.go"))
		})
	}
}

func BenchmarkIndexLoad(b *testing.B) {
	k := course(b)
	for b.Loop() {
		again := New(Options{Root: k.root, Cache: k.cache.dir, Env: k.env})
		if err := again.Warm(context.Background()); err != nil || len(again.making) > 0 {
			b.Fatal(err, "made again")
		}
	}
}

func BenchmarkResolve(b *testing.B) {
	k := course(b)
	for b.Loop() {
		if _, _, err := k.Resolve([]byte("package main\nfunc main() { fmt.Println(engine.Open()) }\n"), nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	k := course(b)
	for b.Loop() {
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, "main.go", fmt.Appendf(nil, engine, 1), 0)
		if err != nil {
			b.Fatal(err)
		}
		if _, _, wrong := k.Check(fset, []*ast.File{f}); len(wrong) > 0 {
			b.Fatal(wrong)
		}
	}
}
