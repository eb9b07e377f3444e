package kernels

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// warm compiles what course cells import, under their flags, so that the first cell takes a second and not a minute, and so that everything is fetched.
func (s *setup) warm(ctx context.Context) error {
	vars := s.CellVars()
	cache, err := goEnv(ctx, s.Root, vars, "GOCACHE", "GOMODCACHE", "CGO_ENABLED")
	if err != nil {
		return s.explain("asking go for its caches", nil, err)
	}
	key := hash(append(cache, runtime.Version(), vars["GOFLAGS"], vars["GOEXPERIMENT"], s.read("go.mod"), s.read("go.sum"))...)
	file := filepath.Join(s.Home, "warm", hash(s.Root)+".json")
	if readMark(file).Key == key {
		return nil
	}
	if !hasCCompiler(ctx, s.Root) {
		fmt.Fprintf(s.progress.out, "! No C compiler: cells run on the pure-Go engine, three to four times slower. For XLA: %s, then start again.\n",
			remedy("sudo apt install gcc", "install gcc or clang"))
	}
	l := s.progress.step("Course packages")
	if err := s.compileCourse(ctx, l); err != nil {
		if ctx.Err() != nil {
			l.Fail()
			return ctx.Err()
		}
		l.Warn("%v; cells compile what they need", err)
		return nil
	}
	l.Done("compiled for the cells")
	return mark{Key: key}.write(file)
}

// compileCourse builds, in a folder laid out as GoNB lays out a kernel's, one program that imports every package of the course.
func (s *setup) compileCourse(ctx context.Context, l *line) error {
	vars := s.CellVars()
	dir, err := os.MkdirTemp(s.Home, ".warm-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	out, said, err := s.goCommand(ctx, l, s.Root, vars, []string{"list", "-e", "-f", "{{if and (ne .Name \"main\") .GoFiles (not .Error)}}{{.ImportPath}}{{end}}", "./pkg/..."}, nil)
	if err != nil {
		return s.explain("listing the course packages", said, err)
	}
	program := "package main\n\nimport (\n\t_ \"fmt\"\n\t_ \"math\"\n\t_ \"time\"\n"
	for _, pkg := range strings.Fields(out) {
		if strings.Contains(pkg+"/", "/internal/") {
			continue
		}
		program += fmt.Sprintf("\t_ %q\n", pkg)
	}
	program += ")\n\nfunc main() {}\n"
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(program), 0o644); err != nil {
		return err
	}
	for _, args := range [][]string{{"mod", "init", "warm"}, {"mod", "edit", "-replace=" + module + "=" + s.Root}, {"work", "init"}, {"work", "use", s.Root, "."}} {
		if _, said, err := s.goCommand(ctx, l, dir, vars, args, nil); err != nil {
			return s.explain("laying out a cell", said, err)
		}
	}
	return s.goBuild(ctx, l, dir, vars, []string{"-o", filepath.Join(dir, "warm")}, []string{"."})
}

// warmModule compiles a module of one's own and what most cells import, so that its first cell need not.
func (s *setup) warmModule(ctx context.Context, m Module) error {
	e := s.Env
	e.Root = m.Dir
	l := s.progress.step("Packages of " + m.Name())
	// Never one package alone: of a lone program go build would leave the file in the module's folder.
	if err := s.goBuild(ctx, l, m.Dir, e.CellVars(), nil, []string{"fmt", "os", "math", "strings", "time", "./..."}); err != nil {
		if ctx.Err() != nil {
			l.Fail()
			return ctx.Err()
		}
		l.Warn("%v; cells compile what they import", err)
		return nil
	}
	l.Done("compiled for the cells")
	return nil
}

// goEnv asks the go command for some of its settings, as they are in dir under vars.
func goEnv(ctx context.Context, dir string, vars map[string]string, names ...string) ([]string, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"env"}, names...)...)
	cmd.Dir, cmd.Env = dir, environ(vars)
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	values := strings.Split(strings.TrimRight(string(out), "\n"), "\n")
	if len(values) != len(names) {
		return nil, fmt.Errorf("go env: %d values for %d names", len(values), len(names))
	}
	return values, nil
}
