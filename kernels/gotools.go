package kernels

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/google/renameio/v2"
)

// pathWithGo is PATH, with the go command's folder when a desktop started Jupyter without the shell's settings.
func pathWithGo() string {
	path := os.Getenv("PATH")
	if _, err := exec.LookPath("go"); err == nil {
		return path
	}
	for _, dir := range []string{os.Getenv("CURIOUS_GO"), "/usr/local/go/bin", "/usr/lib/go/bin"} {
		if info, err := os.Stat(filepath.Join(dir, "go")); dir != "" && err == nil && !info.IsDir() {
			return path + string(os.PathListSeparator) + dir
		}
	}
	return path
}

// goDir is the folder of the go command, for the kernelspecs.
func goDir() string {
	path, err := exec.LookPath("go")
	if err != nil {
		return ""
	}
	if path, err = filepath.Abs(path); err != nil {
		return ""
	}
	return filepath.Dir(path)
}

// hasCCompiler tells whether cgo, and so XLA, can be built here.
func hasCCompiler(ctx context.Context, root string) bool {
	cmd := exec.CommandContext(ctx, "go", "env", "CGO_ENABLED", "CC")
	cmd.Dir = root
	out, err := cmd.Output()
	fields := strings.Fields(string(out))
	if err != nil || len(fields) < 2 || fields[0] != "1" {
		return false
	}
	_, err = exec.LookPath(fields[1])
	return err == nil
}

// goTools builds GoNB and goimports at the versions that go.mod names.
func (s *setup) goTools(ctx context.Context) error {
	key := hash(runtime.Version(), s.read("go.mod"), s.read("go.sum"))
	names := []string{"gonb", "goimports"}
	return s.program(ctx, "GoNB and goimports", key, names, func(l *line, dir string) error {
		return s.goBuild(ctx, l, s.Root, toolVars(), []string{"-o", dir + string(filepath.Separator)}, []string{"github.com/janpfeifer/gonb", "golang.org/x/tools/cmd/goimports"})
	})
}

// toolVars build the tools under the cells' flags, so that the standard library is compiled once for both.
func toolVars() map[string]string {
	vars := courseVars()
	vars["GOWORK"] = "off"
	return vars
}

// shim builds the small program that GoNB takes for its tools; it starts several times in each cell, and starts sooner without C.
func (s *setup) shim(ctx context.Context) error {
	texts := []string{runtime.Version()}
	for _, dir := range shimSources {
		files, err := filepath.Glob(filepath.Join(s.Root, dir, "*.go"))
		if err != nil {
			return err
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return fmt.Errorf("kernels: reading the kernel's sources: %w", err)
			}
			texts = append(texts, filepath.Base(file), string(text))
		}
	}
	return s.program(ctx, "Kernel", hash(texts...), []string{"curious-shim"}, func(l *line, dir string) error {
		vars := toolVars()
		vars["CGO_ENABLED"] = "0"
		return s.goBuild(ctx, l, s.Root, vars, []string{"-trimpath", "-ldflags=-s -w", "-o", filepath.Join(dir, "curious-shim")}, []string{"./" + shimSources[0]})
	})
}

// shimSources are the packages that the shim is made of, itself first.
var shimSources = []string{"kernels/shim", "kernels/family"}

// program makes some programs in a folder of their own and then moves them to bin, each in one step; the mark beside them says what they were made of.
func (s *setup) program(ctx context.Context, name, key string, files []string, build func(l *line, dir string) error) error {
	markFile := filepath.Join(s.Bin(), "."+files[0]+".json")
	if m := readMark(markFile); m.Key == key && m.Values["bytes"] == sizes(s.Bin(), files) {
		return nil
	}
	l := s.progress.step(name)
	err := func() error {
		if err := os.MkdirAll(s.Bin(), 0o755); err != nil {
			return err
		}
		dir, err := os.MkdirTemp(s.Home, ".build-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		if err := build(l, dir); err != nil {
			return err
		}
		for _, f := range files {
			if err := os.Rename(filepath.Join(dir, f), filepath.Join(s.Bin(), f)); err != nil {
				return err
			}
		}
		return mark{Key: key, Values: map[string]string{"bytes": sizes(s.Bin(), files)}}.write(markFile)
	}()
	if err != nil {
		l.Fail()
		return err
	}
	var size int64
	for _, f := range files {
		if info, err := os.Stat(filepath.Join(s.Bin(), f)); err == nil {
			size += info.Size()
		}
	}
	l.Done("%s", bytesText(size))
	return nil
}

// sizes are those of files in dir, which a cut or missing one changes.
func sizes(dir string, files []string) string {
	var all []string
	for _, f := range files {
		size := int64(-1)
		if info, err := os.Stat(filepath.Join(dir, f)); err == nil {
			size = info.Size()
		}
		all = append(all, fmt.Sprint(size))
	}
	return strings.Join(all, " ")
}

func allExist(dir string, files []string) bool {
	for _, f := range files {
		if _, err := os.Stat(filepath.Join(dir, f)); err != nil {
			return false
		}
	}
	return true
}

// self copies the running program to where the kernelspecs find it: what `go run` builds is gone when it ends, and is of the sources as they are now.
func (s *setup) self(context.Context) error {
	exe, err := os.Executable()
	if err != nil {
		return fmt.Errorf("kernels: finding this program: %w", err)
	}
	to := filepath.Join(s.Bin(), "curious")
	if real, err := filepath.EvalSymlinks(exe); err == nil && real == to {
		return nil
	}
	text, err := os.ReadFile(exe)
	if err != nil {
		return fmt.Errorf("kernels: copying this program: %w", err)
	}
	if old, err := os.ReadFile(to); err == nil && bytes.Equal(old, text) {
		return nil
	}
	if err := os.MkdirAll(s.Bin(), 0o755); err != nil {
		return err
	}
	if err := renameio.WriteFile(to, text, 0o755); err != nil {
		return s.explain("copying this program", []byte(err.Error()), err)
	}
	return nil
}

// goBuild builds packages as `go build args…` in dir under vars, and notes on l how many packages are done and what is fetched.
func (s *setup) goBuild(ctx context.Context, l *line, dir string, vars map[string]string, args, packages []string) error {
	total, err := s.stale(ctx, l, dir, vars, packages)
	if err != nil {
		return err
	}
	n := 0
	_, said, err := s.goCommand(ctx, l, dir, vars, append(append([]string{"build", "-v"}, args...), packages...), func(string) {
		n++
		l.Note("%d of %d packages compiled", min(n, total), total)
	})
	if err != nil && ctx.Err() == nil {
		return s.explain("building "+l.name, said, err)
	}
	return errors.Join(err, ctx.Err())
}

// stale counts the packages that have to be compiled; finding out fetches the modules.
func (s *setup) stale(ctx context.Context, l *line, dir string, vars map[string]string, packages []string) (int, error) {
	l.Note("looking what there is to compile")
	out, said, err := s.goCommand(ctx, l, dir, vars, append([]string{"list", "-e", "-deps", "-f", "{{if .Stale}}stale{{end}}"}, packages...), nil)
	if err != nil {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		return 0, s.explain("fetching Go modules", said, err)
	}
	return strings.Count(out, "stale"), nil
}

// goCommand runs the go command and returns what it wrote to standard output; each line of its messages that does not tell of a download is given to
// compiled. When it fails, said has all the messages.
func (s *setup) goCommand(ctx context.Context, l *line, dir string, vars map[string]string, args []string, compiled func(pkg string)) (stdout string, said []byte, err error) {
	cmd := s.logged(exec.CommandContext(ctx, "go", args...), vars)
	cmd.Dir = dir
	var out, messages strings.Builder
	cmd.Stdout = &out
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, fmt.Errorf("starting go: %w", err)
	}
	fetched := 0
	lines := bufio.NewScanner(stderr)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		messages.WriteString(lines.Text() + "\n")
		if module, ok := strings.CutPrefix(lines.Text(), "go: downloading "); ok {
			fetched++
			l.Note("fetching module %d: %s", fetched, module)
		} else if compiled != nil {
			compiled(lines.Text())
		}
	}
	err = cmd.Wait()
	if err != nil {
		s.log([]byte(messages.String()))
	}
	return out.String(), []byte(messages.String()), err
}
