package kernels

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/curious-go/curious/kernels/front"
	"github.com/curious-go/curious/kernels/wire"
)

// Kernel is the process that Jupyter starts for a notebook: it prepares the environment of the cells and is the kernel's front (see package front) until
// Jupyter ends it. It leaves no process behind.
func Kernel(device Device, connectionFile string) error {
	conn, err := wire.ReadConnection(connectionFile)
	if err != nil {
		return err
	}
	e, err := Here(device)
	if err != nil {
		return err
	}
	if !allExist(e.Bin(), []string{"gonb", "curious-shim"}) {
		return fmt.Errorf("kernels: starting the kernel: GoNB is not in %s: run `go run . install` in %s", e.Bin(), e.Root)
	}
	for name, value := range e.CellVars() {
		if value == "" {
			os.Unsetenv(name)
		} else if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	if _, err := exec.LookPath("go"); err != nil {
		return fmt.Errorf("kernels: starting the kernel: no go command on PATH: install Go 1.26 or newer (https://go.dev/dl) and start Jupyter from a shell that finds it")
	}
	log, err := kernelLog(e.Home)
	if err != nil {
		return err
	}
	defer log.Close()
	goVersion := strings.TrimPrefix(runtime.Version(), "go")
	f, err := front.New(front.Options{
		Connection: conn, File: connectionFile, Root: e.Root, Module: front.ModuleOf(e.Root), Home: e.Home, Bin: e.Bin(), Env: os.Environ(), Log: log, Go: goVersion,
		Banner: fmt.Sprintf("Go %s on %s/%s, by Curious and GoNB. %%help tells what cells can do.", goVersion, runtime.GOOS, runtime.GOARCH),
		Links: []front.Link{
			{Text: "Curious, the course", URL: "https://" + module},
			{Text: "Go's documentation", URL: "https://go.dev/doc/"},
			{Text: "Go's packages", URL: "https://pkg.go.dev/std"},
			{Text: "GoMLX", URL: "https://pkg.go.dev/github.com/gomlx/gomlx"},
			{Text: "GoNB", URL: "https://github.com/janpfeifer/gonb"},
		},
	})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	parent := parentGone()
	go func() {
		for {
			select {
			case sig := <-signals:
				if sig == os.Interrupt {
					f.Interrupt()
					continue
				}
			case <-parent:
			case <-ctx.Done():
			}
			stop()
			return
		}
	}()
	return f.Run(ctx)
}

// parentGone is closed when Jupyter, which says its process in the environment, is no longer our parent.
func parentGone() <-chan struct{} {
	gone := make(chan struct{})
	parent, err := strconv.Atoi(os.Getenv("JPY_PARENT_PID"))
	if err != nil || parent != os.Getppid() {
		return nil
	}
	go func() {
		for os.Getppid() == parent {
			time.Sleep(time.Second)
		}
		close(gone)
	}()
	return gone
}

// logsKept is how many kernels' logs stay.
const logsKept = 20

// kernelLog is the file that GoNB's own messages go to, so that they never show up in a cell.
func kernelLog(homeDir string) (*os.File, error) {
	dir := filepath.Join(homeDir, "logs")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("kernels: starting the kernel: %w: make it writable, or set CURIOUS_HOME to a folder that is", err)
	}
	if old, err := filepath.Glob(filepath.Join(dir, "kernel-*.log")); err == nil && len(old) >= logsKept {
		slices.Sort(old)
		for _, file := range old[:len(old)-logsKept+1] {
			_ = os.Remove(file)
		}
	}
	name := fmt.Sprintf("kernel-%s-%d.log", time.Now().Format("20060102-150405"), os.Getpid())
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("kernels: starting the kernel: %w", err)
	}
	return f, nil
}
