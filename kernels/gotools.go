package kernels

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// goplsVersion is the newest for Go 1.26; it shares no module with GoNB's tools, so go.mod cannot name it.
const goplsVersion = "v0.23.0"

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
