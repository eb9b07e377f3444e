package kernels

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/curious-go/curious/pkg/home"
)

// Kernel is the process that Jupyter starts for a notebook: it prepares the environment of the cells, starts GoNB on sockets of its own, and stands
// between the two (see [front]). It returns when GoNB has ended, and leaves no process behind.
func Kernel(device Device, connectionFile string) error {
	conn, err := readConnection(connectionFile)
	if err != nil {
		return err
	}
	root, err := home.Root()
	if err != nil {
		return err
	}
	homeDir, err := home.Dir()
	if err != nil {
		return err
	}
	e := &Env{Root: root, Home: homeDir, Venv: venvDir(homeDir), Device: device}
	if !allExist(e.Bin(), []string{"gonb", "goimports"}) {
		return fmt.Errorf("kernels: starting the kernel: GoNB is not in %s: run `go run . install` in %s", e.Bin(), root)
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
	log, err := kernelLog(homeDir)
	if err != nil {
		return err
	}
	defer log.Close()

	scratch, err := os.MkdirTemp("", "curious-") // short and private: a socket's path may have about 100 bytes
	if err != nil {
		return fmt.Errorf("kernels: starting the kernel: %w: make room in %s, or set TMPDIR", err, os.TempDir())
	}
	defer os.RemoveAll(scratch)
	f, err := openFront(conn, filepath.Join(scratch, "s"))
	if err != nil {
		return err
	}
	defer f.Close()
	inner, err := f.connectionFile(scratch, connectionFile)
	if err != nil {
		return err
	}

	adoptOrphans()
	args := []string{"-kernel", inner, "-go_work", root, "-logtostderr"}
	if os.Getenv(plainErrors) != "" {
		args = append(args, "-raw_error")
	}
	child := exec.Command(filepath.Join(e.Bin(), "gonb"), args...)
	child.Stdout, child.Stderr = log, log
	ended, err := startTied(child)
	if err != nil {
		return fmt.Errorf("kernels: starting GoNB: %w", err)
	}
	ready := make(chan error, 1)
	go func() { ready <- f.open() }()

	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	parent := parentGone()
	for {
		select {
		case err := <-ready:
			if err != nil {
				_ = child.Process.Kill()
				<-ended
				return err
			}
		case sig := <-signals:
			_ = child.Process.Signal(sig)
		case <-parent:
			parent = nil
			_ = child.Process.Signal(syscall.SIGTERM)
		case err := <-ended:
			endFamily()
			if err != nil {
				return fmt.Errorf("kernels: GoNB ended: %w: its log is %s", err, log.Name())
			}
			return nil
		}
	}
}

// plainErrors is the variable under which errors come as text and not as HTML, for who reads them in a terminal.
const plainErrors = "CURIOUS_PLAIN_ERRORS"

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
