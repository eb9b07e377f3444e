package front_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/curious-go/curious/kernels/front"
	"github.com/curious-go/curious/kernels/wire"
)

// Variables that make the test binary a kernel, so that the race detector sees the front.
const (
	kernelVar = "CURIOUS_TEST_KERNEL" // its settings
	markVar   = "CURIOUS_TEST_MARK"   // the same in the environment of all that a kernel starts, other for each kernel
)

// settings are what a kernel under test gets; the zero value of a field is what most tests want.
type settings struct {
	File, Root, Home, Bin string
	Grace                 time.Duration
	NoGo                  bool // a PATH without go
	Tmp                   string
	Env                   []string
}

// ample is how long the tests wait for what has to come: a busy machine must not fail them.
const ample = 2 * time.Minute

func TestMain(m *testing.M) {
	if text, ok := os.LookupEnv(kernelVar); ok {
		if err := beKernel(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := m.Run()
	if common != nil {
		common.Kill()
	}
	if prepared != "" {
		_ = filepath.WalkDir(prepared, func(path string, d os.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				_ = os.Chmod(path, 0o700)
			}
			return nil
		})
		_ = os.RemoveAll(prepared)
	}
	os.Exit(code)
}

// beKernel is what the kernel's process does.
func beKernel(text string) error {
	var s settings
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return err
	}
	os.Unsetenv(kernelVar)
	conn, err := wire.ReadConnection(s.File)
	if err != nil {
		return err
	}
	if s.NoGo {
		os.Setenv("PATH", "/usr/bin:/bin")
	}
	f, err := front.New(front.Options{
		Connection: conn, File: s.File, Root: s.Root, Module: front.ModuleOf(s.Root), Home: s.Home, Bin: s.Bin,
		Env: append(os.Environ(), s.Env...), Log: os.Stderr, Banner: "Go", Links: []front.Link{{Text: "Go", URL: "https://go.dev/doc/"}}, Go: "1.26", Grace: s.Grace,
	})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		for sig := range signals {
			if sig != os.Interrupt {
				stop()
				return
			}
			f.Interrupt()
		}
	}()
	return f.Run(ctx)
}

// kernel is a kernel's process and a client of it.
type kernel struct {
	*wire.Client
	cmd  *exec.Cmd
	conn *wire.Connection
	mark string
	file string // the connection file
	tmp  string // where its temporary files are
	log  string // the file of what it writes
	gone chan struct{}
}

// launch starts a kernel and does not wait for anything.
func launch(s settings) (*kernel, error) {
	if _, err := tools(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(prepared, "k")
	if err != nil {
		return nil, err
	}
	k := &kernel{gone: make(chan struct{}), mark: wire.NewID(), tmp: s.Tmp, log: filepath.Join(dir, "log")}
	if k.tmp == "" {
		k.tmp = filepath.Join(dir, "t")
		if err := os.Mkdir(k.tmp, 0o755); err != nil {
			return nil, err
		}
	}
	if k.conn, s.File, err = wire.NewConnection(dir); err != nil {
		return nil, err
	}
	k.file = s.File
	log, err := os.Create(k.log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	if k.cmd, err = s.command(); err != nil {
		return nil, err
	}
	k.cmd.Env = append(k.cmd.Env, markVar+"="+k.mark, "TMPDIR="+k.tmp)
	k.cmd.Stdout, k.cmd.Stderr = log, log
	if err := k.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = k.cmd.Wait()
		close(k.gone)
	}()
	return k, nil
}

// command is the kernel's process.
func (s settings) command() (*exec.Cmd, error) {
	var err error
	for _, missing := range []struct {
		field *string
		from  func() (string, error)
	}{{&s.Bin, tools}, {&s.Root, lab}, {&s.Home, home}} {
		if *missing.field == "" {
			if *missing.field, err = missing.from(); err != nil {
				return nil, err
			}
		}
	}
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), kernelVar+"="+string(text), "GOPROXY=off", "GOFLAGS=")
	cmd.Env = append(cmd.Env, s.Env...)
	cmd.Dir = s.Root
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd, nil
}

// connect makes the client.
func (k *kernel) connect() (err error) {
	connected := make(chan error, 1)
	go func() {
		c, err := wire.NewClient(k.conn)
		k.Client = c
		connected <- err
	}()
	select {
	case err := <-connected:
		return err
	case <-k.gone:
		text, _ := os.ReadFile(k.log)
		return fmt.Errorf("the kernel ended at once: %s", text)
	}
}

// start starts a kernel for one test, which ends it.
func start(t testing.TB, s settings) *kernel {
	t.Helper()
	k, err := launch(s)
	if err == nil {
		t.Cleanup(func() { k.end(t) })
		err = k.connect()
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), ample)
	defer cancel()
	if err := k.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	return k
}

// common is the kernel that the tests share which leave a kernel as they found it.
var common *kernel

// shared is the common kernel. After a test that failed the next one gets a fresh one.
func shared(t testing.TB) *kernel {
	t.Helper()
	if common == nil {
		k, err := launch(settings{})
		if err != nil {
			t.Fatal(err)
		}
		common = k
		if err := k.connect(); err != nil {
			t.Fatal(err)
		}
	}
	k := common
	t.Cleanup(func() {
		k.explain(t)
		if t.Failed() {
			k.Kill()
			common = nil
		}
	})
	return k
}

// Kill ends the kernel without a word.
func (k *kernel) Kill() {
	if k.Client != nil {
		_ = k.Close()
	}
	_ = k.cmd.Process.Kill()
	<-k.gone
}

// end ends the kernel, and fails the test if the race detector has found something.
func (k *kernel) end(t testing.TB) {
	if k.Client != nil {
		_ = k.Close()
	}
	_ = k.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-k.gone:
	case <-time.After(30 * time.Second):
		_ = k.cmd.Process.Kill()
		<-k.gone
	}
	k.explain(t)
}

// explain shows the end of the kernel's log when the test has failed, and races whenever there are any.
func (k *kernel) explain(t testing.TB) {
	text, err := os.ReadFile(k.log)
	if err != nil {
		t.Errorf("reading the kernel's log: %v", err)
	}
	if strings.Contains(string(text), "DATA RACE") {
		t.Errorf("the race detector found:\n%s", text)
	} else if t.Failed() {
		t.Logf("the kernel's log ends in\n%s", text[max(0, len(text)-4000):])
	}
}
