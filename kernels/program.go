package kernels

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/curious-go/curious/kernels/family"
)

// program builds a program of the checkout with the cells' flags and gives the command that runs it: what runs models is never part of this one, which so
// compiles in seconds.
func (e *Env) program(ctx context.Context, pkg string, args ...string) (*exec.Cmd, error) {
	vars := e.CellVars()
	file := filepath.Join(e.Bin(), hash(e.Root), filepath.Base(pkg))
	build := exec.CommandContext(ctx, "go", "build", "-o", file, pkg)
	build.Dir, build.Env = e.Root, environ(vars)
	if out, err := build.CombinedOutput(); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("kernels: building %s: %w:\n%s", pkg, err, strings.TrimSpace(string(out)))
	}
	cmd := exec.CommandContext(ctx, file, args...)
	cmd.Env = environ(vars)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // a training saves
	cmd.WaitDelay = 30 * time.Second
	return cmd, nil
}

// Figure runs the drawing program of the checkout: `figure list`, or `figure ID… | all` at a preset. Unknown figures are refused with the nearest known one.
func (e *Env) Figure(ctx context.Context, preset string, ids []string, out, errOut io.Writer) error {
	list, err := e.program(ctx, "./figures/draw", "list")
	if err != nil {
		return err
	}
	listed, err := list.Output()
	if err != nil {
		return fmt.Errorf("kernels: listing the figures: %w", exitText(err))
	}
	if len(ids) == 1 && ids[0] == "list" {
		_, err = out.Write(listed)
		return err
	}
	if err := knownFigures(string(listed), ids); err != nil {
		return err
	}
	draw, err := e.program(ctx, "./figures/draw", append([]string{"--preset", preset}, ids...)...)
	if err != nil {
		return err
	}
	draw.Dir, draw.Stdout, draw.Stderr = e.Root, out, errOut
	ended, err := family.StartTied(draw)
	if err == nil {
		err = <-ended
	}
	if err != nil {
		if ctx.Err() != nil {
			return errors.New("kernels: drawing: stopped: the same command goes on from the last checkpoint")
		}
		return fmt.Errorf("kernels: drawing: %w", err)
	}
	return nil
}

// knownFigures checks that each id starts a line of the list.
func knownFigures(list string, ids []string) error {
	var known []string
	for l := range strings.Lines(list) {
		if f := strings.Fields(l); len(f) > 0 {
			known = append(known, f[0])
		}
	}
	for _, id := range ids {
		found := id == "all"
		for _, k := range known {
			found = found || k == id
		}
		if !found {
			return fmt.Errorf("kernels: drawing: unknown figure %q%s: `go run . figure list` names them all", id, DidYouMean(id, known))
		}
	}
	return nil
}

// exitText is what a program said on stderr before it failed.
func exitText(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(exit.Stderr) > 0 {
		return errors.New(strings.TrimSpace(string(exit.Stderr)))
	}
	return err
}
