package kernels

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/curious-go/curious/pkg/home"
)

// Module is a Go module that a kernel is for: its packages can be imported in cells.
type Module struct {
	Path string // as its go.mod says
	Dir  string // the folder of its go.mod
}

var (
	majorVersion   = regexp.MustCompile(`^v[0-9]+$`)
	notInAName     = regexp.MustCompile(`[^a-zA-Z0-9._-]+`)
	onlyInTheMidst = "-._"
)

// Name is the last element of the module's path, a major version aside, with nothing in it that Jupyter does not allow in a kernel's name.
func (m Module) Name() string {
	last := path.Base(m.Path)
	if dir := path.Dir(m.Path); majorVersion.MatchString(last) && dir != "." {
		last = path.Base(dir)
	}
	if name := strings.Trim(notInAName.ReplaceAllString(last, "-"), onlyInTheMidst); name != "" {
		return name
	}
	return "module"
}

// Kernel is the name of the module's kernelspec; Jupyter knows no capital letters in one.
func (m Module) Kernel() string { return "go-" + strings.ToLower(m.Name()) }

// FindModule reads which module lies in a folder.
func FindModule(ctx context.Context, folder string) (Module, error) {
	wrong := func(format string, args ...any) (Module, error) {
		return Module{}, fmt.Errorf("kernels: looking for a module in %s: %w", folder, fmt.Errorf(format, args...))
	}
	dir, err := filepath.Abs(folder)
	if err != nil {
		return wrong("%w", err)
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil { // what the go command calls the folder too
		if errors.Is(err, fs.ErrNotExist) {
			return wrong("it is not there: name the folder that holds your go.mod")
		}
		return wrong("%w", err)
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return wrong("it is no folder: name the one that holds your go.mod")
	}
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
		for up := filepath.Dir(dir); up != filepath.Dir(up); up = filepath.Dir(up) {
			if _, err := os.Stat(filepath.Join(up, "go.mod")); err == nil {
				return wrong("it has no go.mod: its module begins in %s: name that folder", up)
			}
		}
		return wrong("it has no go.mod: make it a module with `go mod init NAME`")
	}
	if home.IsCheckout(dir) {
		return wrong("that is the course itself: its kernels are registered by `go run . install --user`")
	}
	cmd := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Path}}")
	cmd.Dir, cmd.Env = dir, environ(map[string]string{"GOWORK": "off", "GOFLAGS": "", "GO111MODULE": ""})
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		why := strings.TrimSpace(said.String())
		if why == "" {
			why = err.Error()
		}
		return wrong("the go command cannot read its go.mod: %s", strings.ReplaceAll(why, "\n", " "))
	}
	return Module{Path: strings.TrimSpace(string(out)), Dir: dir}, nil
}

// RegisterModule writes a kernel for a module into the reader's own Jupyter. It takes the place of an earlier one for the same module, and of no other's.
func (e *Env) RegisterModule(ctx context.Context, m Module, out io.Writer) error {
	data, err := userData()
	if err != nil {
		return err
	}
	if other := registered(filepath.Join(data, "kernels", m.Kernel(), specName)); other != "" && other != m.Dir {
		if found, err := FindModule(ctx, other); err == nil && found.Path != m.Path {
			return fmt.Errorf("kernels: registering the kernel: %s is the kernel of %s in %s already: remove that one first: jupyter kernelspec remove %s",
				m.Kernel(), found.Path, found.Dir, m.Kernel())
		}
	}
	if err := e.register(data, e.moduleSpec(m), m.Kernel(), out); err != nil {
		return err
	}
	extend(data, out)
	fmt.Fprintf(out, "Its cells import the packages of %s from %s; after moving it, register it again.\n", m.Path, m.Dir)
	return nil
}

// registered is the folder of the module that a kernelspec is for, "" when there is none.
func registered(file string) string {
	var spec kernelSpec
	text, err := os.ReadFile(file)
	if err != nil || json.Unmarshal(text, &spec) != nil {
		return ""
	}
	return spec.Env["CURIOUS_ROOT"]
}
