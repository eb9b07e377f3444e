package kernels

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/renameio/v2"

	_ "embed"

	"github.com/curious-go/curious/kernels/family"
)

//go:embed execute.py
var executePy string

// Run says how notebooks are executed.
type Run struct {
	Write   bool          // put the outputs into the notebook; else only execute it
	Timeout time.Duration // for a cell
	Vars    map[string]string
	Out     io.Writer // what it tells
}

// Failure is a cell that failed; it prints as a reader wants to see it.
type Failure struct {
	Notebook string
	Cell, Of int // code cells, counted from 1; 0 when no cell was reached
	Why      string
	Text     string // what the cell printed
	Source   string
}

func (f *Failure) Error() string {
	var b strings.Builder
	if f.Cell == 0 {
		fmt.Fprintf(&b, "%s: %s", f.Notebook, f.Why)
		return b.String()
	}
	fmt.Fprintf(&b, "%s: code cell %d of %d failed: %s\n", f.Notebook, f.Cell, f.Of, f.Why)
	show := func(text string, most int, last bool) {
		lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' })
		lines = slices.DeleteFunc(lines, func(l string) bool { return strings.TrimSpace(l) == "" })
		switch {
		case len(lines) > most && last:
			lines = append([]string{"…"}, lines[len(lines)-most:]...)
		case len(lines) > most:
			lines = append(lines[:most:most], "…")
		}
		for _, l := range lines {
			fmt.Fprintf(&b, "    │ %s\n", l)
		}
	}
	show(f.Source, 6, false)
	if strings.TrimSpace(f.Text) != "" {
		b.WriteString("    printed\n")
		show(f.Text, 25, true)
	}
	return strings.TrimRight(b.String(), "\n")
}

// Notebook executes one notebook from top to bottom through the environment's kernel. The first failing cell ends it, with a [*Failure]; a file is then
// left as it was. On success a written notebook is replaced whole.
func (e *Env) Notebook(ctx context.Context, file string, r Run) (time.Duration, error) {
	start := time.Now()
	path, err := filepath.Abs(file)
	if err != nil {
		return 0, err
	}
	if _, err := os.Stat(path); err != nil {
		return 0, fmt.Errorf("kernels: executing a notebook: %w", err)
	}
	scratch, err := os.MkdirTemp("", "curious-run-")
	if err != nil {
		return 0, fmt.Errorf("kernels: executing a notebook: %w: make room in %s, or set TMPDIR", err, os.TempDir())
	}
	defer os.RemoveAll(scratch)
	target := ""
	if r.Write {
		target = filepath.Join(scratch, "executed.ipynb")
		f, err := os.OpenFile(path, os.O_WRONLY, 0) // asked before the work, not after it
		if err != nil {
			return 0, fmt.Errorf("kernels: executing a notebook: %w: make it writable, or use --check", err)
		}
		f.Close()
	}
	hide := e.Root + "/=\n" + e.Root + "=.\n" + e.Home + "=~/.cache/curious"
	if h, err := os.UserHomeDir(); err == nil && h != "/" {
		hide += "\n" + h + "=~"
	}
	cmd := exec.CommandContext(ctx, e.Python(), "-c", executePy, path, target, e.Device.Kernel(), filepath.Dir(path), fmt.Sprint(r.Timeout.Seconds()), "120", hide)
	cmd.Env = environ(e.jupyterVars(), r.Vars)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	var stderr strings.Builder
	cmd.Stderr = &stderr
	events, told := io.Pipe()
	cmd.Stdout = told
	running, err := family.StartTied(cmd)
	if err != nil {
		return 0, fmt.Errorf("kernels: starting nbclient: %w: run `go run . doctor`", err)
	}
	exit := make(chan error, 1)
	go func() {
		exit <- <-running
		told.Close()
	}()
	var failure *Failure
	ended := false
	p := newProgress(r.Out)
	lines := bufio.NewScanner(events)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var event struct {
			Event, Why, Text, Source string
			Cell, Of                 int
			Seconds                  float64
			OK                       bool
		}
		if json.Unmarshal(lines.Bytes(), &event) != nil {
			continue
		}
		switch event.Event {
		case "start":
			if p.terminal {
				fmt.Fprintf(r.Out, "\r\x1b[2K%s", clip(fmt.Sprintf("  %s: cell %d of %d", file, event.Cell, event.Of), p.width()))
			}
		case "unreadable":
			failure = &Failure{Notebook: file, Why: "not a notebook: " + event.Why}
		case "failed":
			failure = &Failure{Notebook: file, Cell: event.Cell, Of: event.Of, Why: event.Why, Text: event.Text, Source: event.Source}
		case "end":
			ended = event.OK
		}
	}
	_, _ = io.Copy(io.Discard, events) // a line too long for the scanner must not hold the child up
	err = <-exit
	if p.terminal {
		fmt.Fprint(r.Out, "\r\x1b[2K")
	}
	took := time.Since(start)
	switch {
	case ctx.Err() != nil:
		return took, fmt.Errorf("kernels: executing %s: stopped", file)
	case failure != nil:
		return took, failure
	case !ended:
		return took, fmt.Errorf("kernels: executing %s: nbclient ended early: %w: %s", file, cmpErr(err), lastLine(stderr.String()))
	}
	if r.Write {
		text, err := os.ReadFile(target)
		if err == nil {
			err = renameio.WriteFile(path, text, 0o644, renameio.WithExistingPermissions())
		}
		if err != nil {
			return took, fmt.Errorf("kernels: writing %s: %w: it is as it was", file, err)
		}
	}
	return took, nil
}

// Notebooks executes several notebooks, one after the other, each in a kernel of its own, and tells how each went; a failing one does not keep the next from running.
func (e *Env) Notebooks(ctx context.Context, files []string, r Run) error {
	failed := 0
	for _, file := range files {
		took, err := e.Notebook(ctx, file, r)
		if ctx.Err() != nil {
			return err
		}
		if err != nil {
			failed++
			fmt.Fprintf(r.Out, "✗ %v\n", err)
			continue
		}
		fmt.Fprintf(r.Out, "✓ %s  %s\n", file, seconds(took))
	}
	if failed > 0 {
		return fmt.Errorf("kernels: executing notebooks: %d of %d failed", failed, len(files))
	}
	return nil
}

func cmpErr(err error) error {
	if err == nil {
		return errors.New("no result")
	}
	return err
}

// jupyterVars give Jupyter the environment's folders, so that the reader's own settings neither leak in nor are touched, and kernels the checkout.
func (e *Env) jupyterVars() map[string]string {
	own := filepath.Join(e.Home, "jupyter")
	vars := pythonVars(e.Home)
	for name, value := range map[string]string{
		"JUPYTER_CONFIG_DIR": filepath.Join(own, "config"), "JUPYTER_DATA_DIR": filepath.Join(own, "data"), "JUPYTER_RUNTIME_DIR": filepath.Join(own, "runtime"),
		"JUPYTER_CONFIG_PATH": "", "JUPYTER_PATH": "", "JUPYTER_PREFER_ENV_PATH": "1", "JUPYTER_NO_CONFIG": "", "JUPYTER_PLATFORM_DIRS": "",
		"JUPYTERLAB_SETTINGS_DIR": "", "JUPYTERLAB_WORKSPACES_DIR": "", "JUPYTER_TOKEN": "", "JUPYTER_PORT": "", "JUPYTERHUB_API_TOKEN": "",
		"IPYTHONDIR":   filepath.Join(own, "ipython"),
		"CURIOUS_ROOT": e.Root, "CURIOUS_HOME": e.Home,
		"PATH": filepath.Join(e.Venv, "bin") + string(os.PathListSeparator) + pathWithGo(),
	} {
		vars[name] = value
	}
	return vars
}
