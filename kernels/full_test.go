package kernels

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"

	"github.com/curious-go/curious/pkg/home"
)

// full is the environment that `go run . test` has set up; without it the test is skipped.
func full(t *testing.T) *Env {
	t.Helper()
	if os.Getenv("CURIOUS_TEST_FULL") == "" {
		t.Skip("needs JupyterLab and the kernel: run `go run . test`, which sets them up")
	}
	root, err := home.Root()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := home.Dir()
	if err != nil {
		t.Fatal(err)
	}
	e := &Env{Root: root, Home: dir, Venv: venvDir(dir), Device: CPU}
	if e.Venv == "" || !allExist(e.Bin(), []string{"gonb", "goimports", "curious"}) {
		t.Fatalf("not set up in %s: run `go run . test`", dir)
	}
	return e
}

// writeNotebook makes a notebook of code cells.
func writeNotebook(t *testing.T, cells ...string) string {
	t.Helper()
	nb := map[string]any{"nbformat": 4, "nbformat_minor": 5, "metadata": map[string]any{"kernelspec": map[string]any{"display_name": "x", "language": "go", "name": "x"}}}
	var list []any
	for i, code := range cells {
		list = append(list, map[string]any{
			"cell_type": "code", "id": string(rune('a' + i)), "source": code, "metadata": map[string]any{"execution": map[string]any{"iopub.status.busy": "2026-01-01"}},
			"outputs": []any{}, "execution_count": nil,
		})
	}
	nb["cells"] = list
	text, err := json.Marshal(nb)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "test.ipynb")
	if err := os.WriteFile(file, text, 0o640); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestNotebookIsExecutedAndWritten(t *testing.T) {
	e := full(t)
	file := writeNotebook(t,
		"import \"github.com/curious-go/curious/pkg/home\"\n%%\nroot, _ := home.Root()\nfmt.Println(root)\nfmt.Println(os.Getenv(\"GOEXPERIMENT\"), os.Getenv(\"CURIOUS_DEVICE\"))",
		"import \"github.com/janpfeifer/gonb/gonbui\"\n%%\ngonbui.DisplayMarkdown(\"*seen*\")")
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	run := Run{Timeout: 2 * time.Minute, Out: io.Discard}
	if _, err := e.Notebook(t.Context(), file, run); err != nil {
		t.Fatal(err)
	}
	if after, _ := os.ReadFile(file); !bytes.Equal(before, after) {
		t.Error("checking wrote the notebook")
	}
	run.Write = true
	if _, err := e.Notebook(t.Context(), file, run); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"*seen*"}
	if runtime.GOARCH == "amd64" {
		want = append(want, "simd cpu")
	}
	for _, w := range want {
		if !strings.Contains(string(text), w) {
			t.Errorf("the notebook holds no %q", w)
		}
	}
	for _, not := range []string{e.Root, e.Home, "iopub", "gonb_"} {
		if strings.Contains(string(text), not) {
			t.Errorf("the notebook holds %q", not)
		}
	}
	if m := regexp.MustCompile(`\d{4}-\d\d-\d\dT`).Find(text); m != nil {
		t.Errorf("the notebook holds a time: %s", m)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the notebook's mode changed: %v, %v", info.Mode(), err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(file)); len(entries) != 1 {
		t.Errorf("left beside the notebook: %v", entries)
	}
	again := bytes.Clone(text)
	if _, err := e.Notebook(t.Context(), file, run); err != nil {
		t.Fatal(err)
	}
	if text, _ = os.ReadFile(file); !bytes.Equal(text, again) {
		t.Error("executed again, the notebook differs")
	}
}

func TestFailingCells(t *testing.T) {
	e := full(t)
	for name, c := range map[string]struct {
		cells []string
		cell  int
		why   string
	}{
		"compiler": {[]string{"%%\nfmt.Println(1)", "%%\nvar x int = \"s\"\nfmt.Println(x)"}, 2, "cannot use \"s\""},
		"panic":    {[]string{"%%\nvar m map[string]int\nm[\"a\"] = 1", "%%\nfmt.Println(2)"}, 1, "nil map"},
		"exit":     {[]string{"%%\nfmt.Fprintln(os.Stderr, \"error: data: reading: no such file\")\nos.Exit(1)"}, 1, "error: data: reading: no such file"},
		"import":   {[]string{"import \"example.com/no/such\"\n%%\nsuch.X()"}, 1, ""},
		"timeout":  {[]string{"%%\ntime.Sleep(time.Hour)"}, 1, "not done after"},
	} {
		t.Run(name, func(t *testing.T) {
			file := writeNotebook(t, c.cells...)
			before, _ := os.ReadFile(file)
			timeout := 2 * time.Minute
			if name == "timeout" {
				timeout = 5 * time.Second
			}
			_, err := e.Notebook(t.Context(), file, Run{Write: true, Timeout: timeout, Out: io.Discard})
			var failure *Failure
			if !errors.As(err, &failure) {
				t.Fatalf("error %v, want a Failure", err)
			}
			if failure.Cell != c.cell || !strings.Contains(failure.Why, c.why) {
				t.Errorf("cell %d failed with %q, want cell %d with %q", failure.Cell, failure.Why, c.cell, c.why)
			}
			if after, _ := os.ReadFile(file); !bytes.Equal(before, after) {
				t.Error("a failing notebook was written")
			}
		})
	}
	file := writeNotebook(t)
	if err := os.WriteFile(file, []byte(`{"cells": [`), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := e.Notebook(t.Context(), file, Run{Out: io.Discard})
	wantWords(t, err, "not a notebook")
}

// client is a Jupyter front end of a few lines.
type client struct {
	t       *testing.T
	conn    connection
	cmd     *exec.Cmd
	ended   chan error
	iopub   zmq4.Socket
	shell   zmq4.Socket
	control zmq4.Socket
}

func startKernel(t *testing.T, e *Env) *client {
	t.Helper()
	c := &client{t: t, conn: freePorts(t), ended: make(chan error, 1)}
	text, err := json.Marshal(c.conn)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "kernel-0a.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	c.cmd = exec.Command(filepath.Join(e.Bin(), "curious"), "kernel", "--device", "cpu", file)
	c.cmd.Env = append(os.Environ(), "CURIOUS_ROOT="+e.Root, "CURIOUS_HOME="+e.Home)
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.cmd.Stderr = os.Stderr
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { c.ended <- c.cmd.Wait() }()
	t.Cleanup(func() { _ = c.cmd.Process.Kill() })
	ctx := t.Context()
	dial := func(s zmq4.Socket, port int) zmq4.Socket {
		_, address := c.conn.address(port)
		if err := s.Dial("tcp://" + address); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	patient := []zmq4.Option{zmq4.WithDialerRetry(10 * time.Millisecond), zmq4.WithDialerMaxRetries(-1)}
	c.iopub = dial(zmq4.NewSub(ctx, patient...), c.conn.IOPub)
	if err := c.iopub.SetOption(zmq4.OptionSubscribe, ""); err != nil {
		t.Fatal(err)
	}
	c.shell = dial(zmq4.NewDealer(ctx, patient...), c.conn.Shell)
	c.control = dial(zmq4.NewDealer(ctx, patient...), c.conn.Control)
	return c
}

func (c *client) send(s zmq4.Socket, kind string, content any) {
	c.t.Helper()
	m, err := message(c.conn.Key, kind, content)
	if err == nil {
		err = s.Send(m)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) execute(code string) {
	c.send(c.shell, "execute_request", map[string]any{"code": code, "silent": false, "store_history": true, "allow_stdin": false, "user_expressions": map[string]any{}, "stop_on_error": true})
}

// await reads what the kernel publishes until words have been printed.
func (c *client) await(words string) {
	c.t.Helper()
	var printed strings.Builder
	timeout := time.AfterFunc(time.Minute, func() { c.iopub.Close() })
	defer timeout.Stop()
	for !strings.Contains(printed.String(), words) {
		m, err := c.iopub.Recv()
		if err != nil {
			c.t.Fatalf("waiting for %q: %v; printed so far %q", words, err, printed.String())
		}
		var content struct{ Text string }
		_ = json.Unmarshal(m.Frames[len(m.Frames)-1], &content)
		printed.WriteString(content.Text)
	}
}

// family lists the processes that belong to this client's kernel: they carry its home and its GoNB's folder in their words, or hang below it.
func (c *client) family() (pids []string) {
	out, err := exec.Command("ps", "-A", "-o", "pid=,ppid=").Output()
	if err != nil {
		c.t.Fatal(err)
	}
	children := map[string][]string{}
	for l := range strings.Lines(string(out)) {
		if f := strings.Fields(l); len(f) == 2 {
			children[f[1]] = append(children[f[1]], f[0])
		}
	}
	var walk func(pid string)
	walk = func(pid string) {
		for _, child := range children[pid] {
			pids = append(pids, child)
			walk(child)
		}
	}
	walk(strconv.Itoa(c.cmd.Process.Pid))
	return pids
}

func allGone(pids []string) bool {
	for _, pid := range pids {
		state, err := exec.Command("ps", "-o", "stat=", "-p", pid).Output()
		if err == nil && !strings.HasPrefix(strings.TrimSpace(string(state)), "Z") {
			return false
		}
	}
	return true
}

func eventually(t *testing.T, what string, within time.Duration, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Errorf("not within %v: %s", within, what)
}

// saves is a cell that, as a training does, needs a moment after the first interrupt and would take a second one for an order to stop at once.
const saves = `%%
c := make(chan os.Signal, 4)
signal.Notify(c, os.Interrupt)
fmt.Println("training")
<-c
time.Sleep(300 * time.Millisecond)
fmt.Println("saved after", 1+len(c), "interrupt")`

func TestInterruptReachesTheCellOnce(t *testing.T) {
	e := full(t)
	c := startKernel(t, e)
	c.execute(saves)
	c.await("training")
	c.send(c.control, "interrupt_request", map[string]any{})
	c.await("saved after 1 interrupt")

	c.execute(saves)
	c.await("training")
	if err := syscall.Kill(-c.cmd.Process.Pid, syscall.SIGINT); err != nil { // as clients do that know signals only: to the whole group
		t.Fatal(err)
	}
	c.await("saved after 1 interrupt")
}

func TestKernelLeavesNoProcess(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux lets a process adopt orphans")
	}
	e := full(t)
	sleeper := "%%\nfmt.Println(\"asleep\")\ntime.Sleep(time.Hour)"
	t.Run("shutdown", func(t *testing.T) {
		c := startKernel(t, e)
		c.execute(sleeper)
		c.await("asleep")
		family := c.family()
		if len(family) < 2 { // GoNB and the cell, mostly gopls too
			t.Fatalf("family of %d", len(family))
		}
		c.send(c.control, "shutdown_request", map[string]any{"restart": false})
		select {
		case err := <-c.ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("the kernel does not end")
		}
		eventually(t, "all processes gone", 2*time.Second, func() bool { return allGone(family) })
	})
	t.Run("kill -9", func(t *testing.T) {
		c := startKernel(t, e)
		c.execute(sleeper)
		c.await("asleep")
		family := c.family()
		if err := c.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "all processes gone", 15*time.Second, func() bool { return allGone(family) })
	})
}

func TestKernelWithoutSetUp(t *testing.T) {
	t.Setenv("CURIOUS_HOME", t.TempDir())
	file := filepath.Join(t.TempDir(), "kernel-1.json")
	if err := os.WriteFile(file, []byte(goodConnection), 0o600); err != nil {
		t.Fatal(err)
	}
	wantWords(t, Kernel(CPU, file), "GoNB is not in", "go run . install")
}

func TestTwoLabs(t *testing.T) {
	e := full(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	port, err := freePort("127.0.0.1", 18888)
	if err != nil {
		t.Fatal(err)
	}
	address := regexp.MustCompile(`http://\S+`)
	open := func() (string, chan error) {
		r, w := io.Pipe()
		ended := make(chan error, 1)
		go func() {
			ended <- e.Lab(ctx, Lab{Port: port, IP: "127.0.0.1", Out: w})
			w.Close()
		}()
		found := make(chan string, 1)
		go func() {
			var said strings.Builder
			buf := make([]byte, 1024)
			for {
				n, err := r.Read(buf)
				said.Write(buf[:n])
				if url := address.FindString(said.String()); url != "" && len(found) == 0 && strings.Contains(said.String(), "Ctrl-C") {
					found <- url
				}
				if err != nil {
					return
				}
			}
		}()
		select {
		case url := <-found:
			return url, ended
		case err := <-ended:
			t.Fatalf("JupyterLab ended: %v", err)
		case <-time.After(time.Minute):
			t.Fatal("JupyterLab does not answer")
		}
		return "", nil
	}
	first, firstEnded := open()
	second, secondEnded := open()
	if first == second {
		t.Errorf("both say %s", first)
	}
	for _, url := range []string{first, second} {
		resp, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", url, resp.Status)
		}
		if resp, err = http.Get(regexp.MustCompile(`lab.*\?token=.*`).ReplaceAllString(url, "api/contents")); err == nil {
			resp.Body.Close()
			if resp.StatusCode != http.StatusForbidden {
				t.Errorf("without the token: %s", resp.Status)
			}
		}
	}
	cancel()
	for _, ended := range []chan error{firstEnded, secondEnded} {
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(30 * time.Second):
			t.Fatal("JupyterLab does not end")
		}
	}
}

func TestDoctor(t *testing.T) {
	full(t)
	var said strings.Builder
	if err := Doctor(t.Context(), &said); err != nil {
		t.Errorf("%v\n%s", err, said.String())
	}
	for _, want := range []string{"Product CPU", "GFLOP/s", "a cell ran", "MNIST", "free at"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("no %q in\n%s", want, said.String())
		}
	}
}

// A second set-up finds everything done; what it takes is in the log, since machines differ.
func TestSecondSetUpDoesNothing(t *testing.T) {
	e := full(t)
	cmd := exec.Command(filepath.Join(e.Bin(), "curious"), "install")
	cmd.Dir = e.Root
	cmd.Env = append(os.Environ(), "GOPROXY=off", "https_proxy=http://127.0.0.1:1", "http_proxy=http://127.0.0.1:1") // and needs no network
	start := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%v", time.Since(start))
	for _, sign := range []string{"✓", "✗", "!"} {
		if strings.Contains(string(out), sign) {
			t.Errorf("something was done again:\n%s", out)
		}
	}
}
