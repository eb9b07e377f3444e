package kernels

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/renameio/v2"

	_ "embed"

	"github.com/curious-go/curious/pkg/home"
)

// module is the path of this module.
const module = "github.com/curious-go/curious"

// setup is one run of set-up. Each step knows by a key whether it was done, and does it whole or not at all, so that a set-up killed anywhere is
// taken up again by the next.
type setup struct {
	Env
	progress *progress
	logMu    sync.Mutex
}

// Here is this machine as it is now: nothing is set up, and what is missing stays missing.
func Here(device Device) (*Env, error) {
	root, err := home.Root()
	if err != nil {
		return nil, err
	}
	homeDir, err := home.Dir()
	if err != nil {
		return nil, err
	}
	return &Env{Root: root, Home: homeDir, Venv: venvDir(homeDir), Device: device}, nil
}

// step is a part of set-up.
type step func(context.Context) error

// Setup makes the machine ready for device, or finds that it is. It waits for another set-up that is under way; out gets the progress.
func Setup(ctx context.Context, device Device, out io.Writer) (*Env, error) {
	s, err := setUp(ctx, device, out, func(s *setup) []step {
		return []step{s.roomOnDisk, s.jupyter, s.plugins, s.goTools, s.shim, s.self, s.specs, s.warm}
	})
	if err != nil {
		return nil, err
	}
	s.offer()
	return &s.Env, nil
}

// SetupKernel makes ready what the kernel itself needs, for a module and a Jupyter of one's own.
func SetupKernel(ctx context.Context, m Module, out io.Writer) (*Env, error) {
	s, err := setUp(ctx, CPU, out, func(s *setup) []step {
		return []step{s.goTools, s.shim, s.self, func(ctx context.Context) error { return s.warmModule(ctx, m) }}
	})
	if err != nil {
		return nil, err
	}
	return &s.Env, nil
}

func setUp(ctx context.Context, device Device, out io.Writer, steps func(*setup) []step) (*setup, error) {
	e, err := Here(device)
	if err != nil {
		return nil, err
	}
	s := &setup{Env: *e, progress: newProgress(out)}
	if _, err := exec.LookPath("go"); err != nil {
		return nil, fmt.Errorf("kernels: setting up: no go command on PATH: install Go 1.26 or newer (https://go.dev/dl) and put its bin folder on PATH")
	}
	return s, s.run(ctx, steps(s)...)
}

// run takes the steps, one set-up at a time.
func (s *setup) run(ctx context.Context, steps ...step) error {
	if err := writable(s.Home); err != nil {
		return err
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	s.sweep()
	s.Venv = venvDir(s.Home) // read under the lock: another set-up may just have made it
	for _, step := range steps {
		err := step(ctx)
		if ctx.Err() != nil {
			return fmt.Errorf("kernels: setting up: stopped: the same command goes on from here")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// hash is a short name for texts: twelve hexadecimal digits.
func hash(texts ...string) string {
	h := sha256.New()
	for _, t := range texts {
		fmt.Fprintf(h, "%d:%s", len(t), t)
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}

// writable makes the folder and a file in it, so that a read-only cache is one clear line and not the tenth step's surprise.
func writable(dir string) error {
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		var f *os.File
		if f, err = os.CreateTemp(dir, ".writable-"); err == nil {
			f.Close()
			return os.Remove(f.Name())
		}
	}
	return fmt.Errorf("kernels: preparing the cache folder: %w: make it writable, or set CURIOUS_HOME to a folder that is", err)
}

// lock lets one set-up at a time into the cache folder; the kernel frees it when its process ends, however it ends.
func (s *setup) lock(ctx context.Context) (unlock func(), err error) {
	l := flock.New(filepath.Join(s.Home, "setup.lock"))
	ok, err := l.TryLock()
	if err == nil && !ok {
		fmt.Fprintln(s.progress.out, "Another curious is setting up this machine; waiting for it …")
		_, err = l.TryLockContext(ctx, 200*time.Millisecond)
	}
	if err != nil {
		return nil, fmt.Errorf("kernels: waiting for another set-up: %w", err)
	}
	return func() { _ = l.Unlock() }, nil
}

// mark is a small file that says under which key a step was done; it is written last and whole.
type mark struct {
	Key    string
	Values map[string]string `json:",omitempty"`
}

func readMark(file string) (m mark) {
	if text, err := os.ReadFile(file); err == nil {
		_ = json.Unmarshal(text, &m) // a damaged mark is no mark
	}
	return m
}

func (m mark) write(file string) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(file, append(text, '\n'))
}

// writeFile writes a file whole or not at all; an equal one is left alone.
func writeFile(file string, text []byte) error {
	if old, err := os.ReadFile(file); err == nil && bytes.Equal(old, text) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return renameio.WriteFile(file, text, 0o644)
}

// roomNeeded is what a first set-up takes on the disk of the cache folder, with some to spare: environment, plugin, programs, downloads.
const roomNeeded = 1_200_000_000

func (s *setup) roomOnDisk(context.Context) error {
	if s.Venv != "" {
		return nil
	}
	return s.room("setting up", roomNeeded)
}

// room is an error when fewer bytes are free in the cache folder than are needed there.
func (s *setup) room(doing string, needed int64) error {
	if free, ok := freeSpace(s.Home); ok && free < needed {
		return fmt.Errorf("kernels: %s: the disk is full: %s are free in %s and about %s are needed: make room, or set CURIOUS_HOME to a folder elsewhere",
			doing, bytesText(free), s.Home, bytesText(needed))
	}
	return nil
}

// read is the text of a file of the checkout, "" when it is not there.
func (s *setup) read(name string) string {
	text, _ := os.ReadFile(filepath.Join(s.Root, name))
	return string(text)
}

func (s *setup) logPath() string { return filepath.Join(s.Home, "logs", "setup.log") }

// logged gives cmd its environment and a way to be stopped, and writes down that it ran.
func (s *setup) logged(cmd *exec.Cmd, vars ...map[string]string) *exec.Cmd {
	cmd.Env = environ(vars...)
	cmd.WaitDelay = 5 * time.Second
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	s.log([]byte("\n$ " + strings.Join(cmd.Args, " ") + "\n"))
	return cmd
}

// log appends to set-up's log; it is there to be read when something fails, so its own failures are passed over.
func (s *setup) log(text []byte) {
	s.logMu.Lock()
	defer s.logMu.Unlock()
	if os.MkdirAll(filepath.Dir(s.logPath()), 0o755) != nil {
		return
	}
	if info, err := os.Stat(s.logPath()); err == nil && info.Size() > 4<<20 {
		_ = os.Rename(s.logPath(), s.logPath()+".old")
	}
	if f, err := os.OpenFile(s.logPath(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644); err == nil {
		_, _ = f.Write(text)
		f.Close()
	}
}

// sweep takes away what a killed set-up left in the cache folder; the lock is held, so nothing of it is in use.
func (s *setup) sweep() {
	for _, pattern := range []string{".pip-*", ".build-*", ".warm-*", ".writable-*"} {
		left, _ := filepath.Glob(filepath.Join(s.Home, pattern))
		for _, dir := range left {
			_ = os.RemoveAll(dir)
		}
	}
}
