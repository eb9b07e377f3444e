package kernels

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/curious-go/curious/kernels/testenv"
)

// Tally counts what passed, failed and was skipped.
type Tally struct{ Passed, Failed, Skipped int }

// Line is the closing line of a test run.
func (t Tally) Line() string {
	line := fmt.Sprintf("%d passed, %d failed", t.Passed, t.Failed)
	if t.Skipped > 0 {
		line += fmt.Sprintf(", %d skipped", t.Skipped)
	}
	return line
}

// Test vets and tests every package of the checkout with nothing skipped, then executes a copy of every notebook through the real kernel, telling out how it
// goes. The last line is the tally; any failure is an error.
func (e *Env) Test(ctx context.Context, out io.Writer) error {
	var t Tally
	vars := e.CellVars()
	vars[testenv.FullVar] = "1"
	python, err := e.testPython(ctx, out)
	if err != nil {
		return err
	}
	vars[testenv.PythonVar] = python
	vars[testenv.BrowserVar], vars[testenv.NoBrowserVar] = testBrowser()
	if why := vars[testenv.NoBrowserVar]; why != "" {
		fmt.Fprintf(out, "The browser tests are skipped: %s.\n", why)
	}
	if e.vet(ctx, vars, out) {
		t.Passed++
	} else {
		t.Failed++
	}
	if err := e.goTest(ctx, vars, &t, out); err != nil {
		return err
	}
	if err := e.notebooks(ctx, &t, out); err != nil {
		return err
	}
	fmt.Fprintln(out, t.Line())
	if t.Failed > 0 {
		return fmt.Errorf("kernels: testing: %d failed", t.Failed)
	}
	return nil
}

// testPython makes the environment of the clients that only tests use, or finds it; its interpreter knows the kernels.
func (e *Env) testPython(ctx context.Context, out io.Writer) (string, error) {
	s := &setup{Env: *e, progress: newProgress(out)}
	var folder string
	err := s.run(ctx, func(ctx context.Context) (err error) {
		if folder, err = s.environment(ctx, testEnvironment); err != nil {
			return err
		}
		return s.writeSpecs(filepath.Join(folder, "share", "jupyter", "kernels"))
	})
	return pythonOf(folder), err
}

// browsers are the names under which systems know Chromium.
var browsers = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}

// testBrowser is the browser to test in, or why there can be no such tests.
func testBrowser() (path, why string) {
	for _, name := range browsers {
		if path, err := exec.LookPath(name); err == nil {
			if why := missingNode(); why != "" {
				return "", why
			}
			return path, ""
		}
	}
	return "", "no Chromium: " + remedy("sudo apt-get install chromium", "install Chromium or Google Chrome")
}

func missingNode() string {
	for _, name := range []string{"node", "npm"} {
		if _, err := exec.LookPath(name); err != nil {
			return "no " + name + ": " + remedy("sudo apt-get install nodejs npm", "install Node.js with npm (https://nodejs.org)")
		}
	}
	return ""
}

func (e *Env) vet(ctx context.Context, vars map[string]string, out io.Writer) bool {
	fmt.Fprintln(out, "go vet ./...")
	cmd := exec.CommandContext(ctx, "go", "vet", "./...")
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = e.Root, environ(vars), out, out
	return cmd.Run() == nil
}

// testEvent is a line of `go test -json`.
type testEvent struct {
	Action, Package, ImportPath, Test, Output string
	Elapsed                                   float64
}

// goTest runs the Go tests: a line for each package as it ends, and the output of what fails.
func (e *Env) goTest(ctx context.Context, vars map[string]string, t *Tally, out io.Writer) error {
	fmt.Fprintln(out, "go test ./...")
	cmd := exec.CommandContext(ctx, "go", "test", "-json", "-timeout", "30m", "./...")
	cmd.Dir, cmd.Env = e.Root, environ(vars)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 20 * time.Second
	cmd.Stderr = out
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("kernels: testing: %w", err)
	}
	failed := t.Failed
	readTests(stdout, t, out)
	err = cmd.Wait()
	if ctx.Err() != nil {
		return errors.New("kernels: testing: stopped")
	}
	if err != nil && t.Failed == failed {
		t.Failed++ // what failed has no name: go test itself
	}
	return nil
}

// readTests tallies the events of `go test -json` and shows what a reader wants to see of them.
func readTests(r io.Reader, t *Tally, out io.Writer) {
	printed := map[string]*strings.Builder{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var ev testEvent
		if json.Unmarshal(lines.Bytes(), &ev) != nil {
			fmt.Fprintln(out, lines.Text())
			continue
		}
		key := ev.Package + " " + ev.Test
		switch ev.Action {
		case "build-output":
			fmt.Fprint(out, ev.Output)
		case "output":
			if printed[key] == nil {
				printed[key] = &strings.Builder{}
			}
			printed[key].WriteString(ev.Output)
		case "pass", "fail", "skip":
			said := ""
			if b := printed[key]; b != nil {
				said = b.String()
			}
			delete(printed, key)
			if ev.Test == "" {
				packageEnded(ev, said, t, out)
				continue
			}
			switch ev.Action {
			case "pass":
				t.Passed++
			case "skip":
				t.Skipped++
				fmt.Fprintf(out, "skipped %s %s: %s\n", ev.Package, ev.Test, skipReason(said))
			case "fail":
				t.Failed++
				fmt.Fprintf(out, "FAILED  %s %s\n%s", ev.Package, ev.Test, said)
			}
		}
	}
}

func packageEnded(ev testEvent, said string, t *Tally, out io.Writer) {
	name := strings.TrimPrefix(strings.TrimPrefix(ev.Package, module), "/")
	if name == "" {
		name = "."
	}
	switch ev.Action {
	case "pass":
		fmt.Fprintf(out, "ok      %-40s %s\n", name, seconds(time.Duration(ev.Elapsed*float64(time.Second))))
	case "fail":
		// A package that does not build, or dies, has no failed test of its own to count.
		if strings.Contains(said, "[build failed]") || strings.Contains(said, "[setup failed]") || strings.Contains(said, "panic:") || strings.Contains(said, "exit status") && !strings.Contains(said, "FAIL\n") {
			t.Failed++
		}
		fmt.Fprintf(out, "FAILED  %s\n%s", name, said)
	}
}

// skipReason is the line in which a test says why it is skipped.
func skipReason(said string) string {
	for l := range strings.Lines(said) {
		if s := strings.TrimSpace(l); s != "" && !strings.HasPrefix(s, "---") && !strings.HasPrefix(s, "===") {
			return s
		}
	}
	return ""
}

// notebooks executes a copy of each notebook, with runs of its own, so that the checkout stays as it is.
func (e *Env) notebooks(ctx context.Context, t *Tally, out io.Writer) error {
	source := filepath.Join(e.Root, "notebooks")
	if _, err := os.Stat(source); err != nil {
		return nil
	}
	scratch, err := os.MkdirTemp("", "curious-notebooks-")
	if err != nil {
		return fmt.Errorf("kernels: testing the notebooks: %w", err)
	}
	defer os.RemoveAll(scratch)
	copied := filepath.Join(scratch, "notebooks")
	if err := os.CopyFS(copied, os.DirFS(source)); err != nil {
		return fmt.Errorf("kernels: testing the notebooks: %w", err)
	}
	return filepath.WalkDir(copied, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ".ipynb" {
			return nil
		}
		name, err := filepath.Rel(scratch, path)
		if err != nil {
			return err
		}
		took, err := e.Notebook(ctx, path, Run{Timeout: 10 * time.Minute, Vars: map[string]string{"CURIOUS_RUNS": filepath.Join(scratch, "runs")}, Out: out})
		if ctx.Err() != nil {
			return errors.New("kernels: testing the notebooks: stopped")
		}
		if err != nil {
			t.Failed++
			fmt.Fprintf(out, "FAILED  %s\n", strings.ReplaceAll(err.Error(), path, name))
			return nil
		}
		t.Passed++
		fmt.Fprintf(out, "ok      %-40s %s\n", name, seconds(took))
		return nil
	})
}
