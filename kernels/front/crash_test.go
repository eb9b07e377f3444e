package front_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/curious-go/curious/kernels/wire"
)

const endless = "fmt.Println(\"begun\")\n_ = exec.Command(\"sleep\", \"1000\").Start()\nselect {\ncase <-time.After(time.Hour):\n}"

// busy is a kernel with a running program that has a child of its own.
func busy(t *testing.T, code string) (*kernel, *running) {
	t.Helper()
	k := start(t, settings{Grace: time.Second})
	cell := k.begin(t, code)
	cell.until(t, "begun")
	return k, cell
}

// kill ends a process without a word.
func kill(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

// When the front is killed, alone or with its process group as Jupyter does it, nothing is left of the kernel, whatever it was doing.
func TestFrontKilled(t *testing.T) {
	slow(t)
	for name, c := range map[string]struct {
		code  string
		group int
	}{
		"idle":               {"fmt.Println(\"begun\")", 1},
		"with a program":     {endless, 1},
		"with its group":     {endless, -1},
		"ignores interrupts": {"signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)\n" + endless, 1},
		"with a command":     {"!echo begun; sleep 1000 | cat", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k, _ := busy(t, c.code)
			kill(t, c.group*k.cmd.Process.Pid)
			k.nothingLeft(t)
		})
	}
}

// When the front is killed before GoNB is up, nothing is left either.
func TestFrontKilledEarly(t *testing.T) {
	t.Parallel()
	for _, after := range []time.Duration{20 * time.Millisecond, 100 * time.Millisecond, 300 * time.Millisecond} {
		k, err := launch(settings{})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(after)
		kill(t, k.cmd.Process.Pid)
		<-k.gone
		eventually(t, 45*time.Second, func() error {
			if left := k.processes(t); len(left) > 0 {
				return fmt.Errorf("killed after %v: %v is left", after, left)
			}
			return nil
		})
	}
}

// When GoNB is killed, or the keeper that looks after it, it is started again: definitions and settings are there, and the reader is told.
func TestGonbKilled(t *testing.T) {
	slow(t)
	for name, c := range map[string]struct {
		victim  func(process) bool
		running bool
	}{
		"GoNB, idle":       {isGonb, false},
		"GoNB, running":    {isGonb, true},
		"keeper, idle":     {isKeeper, false},
		"keeper, running":  {isKeeper, true},
		"GoNB, two in row": {isGonb, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := start(t, settings{})
			k.ok(t, "const Greeting = \"hi\"\n\ntype Word struct{ Text string }\n\nfunc (w Word) Say() string { return Greeting + \" \" + w.Text }")
			k.ok(t, "%env CURIOUS_TEST_VALUE kept")
			rounds := 1
			if strings.HasSuffix(name, "row") {
				rounds = 2
			}
			for range rounds {
				var cell *running
				if c.running {
					cell = k.begin(t, endless)
					cell.until(t, "begun")
				}
				kill(t, k.child(t, c.victim).pid)
				if c.running {
					if r := cell.wait(t); r.Status != "error" || !strings.Contains(r.Evalue, "GoNB") {
						t.Errorf("the cell that ran: %s", r)
					}
				} else {
					time.Sleep(500 * time.Millisecond)
				}
				r := k.run(t, "fmt.Println(Word{\"there\"}.Say(), os.Getenv(\"CURIOUS_TEST_VALUE\"))")
				if r.Status != "ok" || r.stream("stdout") != "hi there kept\n" || !strings.Contains(r.stream("stderr"), "started again") {
					t.Errorf("after it: %s", r)
				}
				if r := k.run(t, "fmt.Println(1)"); r.stream("stderr") != "" {
					t.Errorf("the reader is told twice: %s", r)
				}
			}
			eventually(t, 20*time.Second, func() error {
				n := 0
				for _, p := range k.processes(t) {
					if p.name == "sleep" || p.name == "cell" {
						return fmt.Errorf("%v is left", p)
					}
					if isGonb(p) {
						n++
					}
				}
				if n != 1 {
					return fmt.Errorf("%d times GoNB", n)
				}
				return nil
			})
			k.end(t)
			k.nothingLeft(t)
		})
	}
}

// When a cell's program is killed the error says so, and the next cell works.
func TestProgramKilled(t *testing.T) {
	k := shared(t)
	cell := k.begin(t, "fmt.Println(\"begun\", os.Getpid())\nselect {\ncase <-time.After(time.Hour):\n}")
	cell.until(t, "\n")
	var pid int
	if _, err := fmt.Sscanf(cell.so().stream("stdout"), "begun %d", &pid); err != nil {
		t.Fatal(err)
	}
	kill(t, pid)
	if r := cell.wait(t); r.Status != "error" || !strings.Contains(r.Evalue, "killed") {
		t.Errorf("%s", r)
	}
	if r := k.run(t, "var p *int\nfmt.Println(\"out\")\n_ = *p"); !strings.Contains(r.Evalue, "nil pointer") {
		t.Errorf("%s", r)
	}
	if r := k.run(t, "_ = syscall.Kill(os.Getpid(), syscall.SIGSEGV)\ntime.Sleep(time.Second)"); r.Status != "error" {
		t.Errorf("%s", r)
	}
	if got := k.ok(t, "fmt.Println(\"next\")"); got != "next\n" {
		t.Errorf("then %q", got)
	}
}

// At shutdown a running cell is interrupted and gets time to save; one that ignores everything is ended. The request is answered first, and nothing is left.
func TestShutdown(t *testing.T) {
	slow(t)
	for name, c := range map[string]struct {
		code    string // a cell that is running, "" for none
		restart bool
		saves   bool
		signal  bool // by SIGTERM in place of a request
	}{
		"idle":              {code: ""},
		"restart":           {code: "", restart: true},
		"saves":             {code: "c := make(chan os.Signal, 1)\nsignal.Notify(c, os.Interrupt)\nfmt.Println(\"begun\")\n<-c\ntime.Sleep(1500 * time.Millisecond)\n_ = os.WriteFile(FILE, nil, 0o644)", saves: true},
		"saves, by SIGTERM": {code: "c := make(chan os.Signal, 1)\nsignal.Notify(c, os.Interrupt)\nfmt.Println(\"begun\")\n<-c\ntime.Sleep(1500 * time.Millisecond)\n_ = os.WriteFile(FILE, nil, 0o644)", saves: true, signal: true},
		"ignores":           {code: "signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)\n" + endless},
		"command":           {code: "!echo begun; sleep 1000"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "saved")
			k := start(t, settings{Grace: 4 * time.Second})
			if c.code != "" {
				k.begin(t, strings.ReplaceAll(c.code, "FILE", fmt.Sprintf("%q", file))).until(t, "begun")
			}
			begin := time.Now()
			if c.signal {
				if err := k.cmd.Process.Signal(syscall.SIGTERM); err != nil {
					t.Fatal(err)
				}
			} else {
				var r struct {
					Status  string
					Restart bool
				}
				if k.ask(t, wire.Control, "shutdown_request", object{"restart": c.restart}, &r); r.Status != "ok" || r.Restart != c.restart {
					t.Errorf("the reply is %+v", r)
				}
			}
			select {
			case <-k.gone:
			case <-time.After(ample):
				t.Fatal("the kernel does not end")
			}
			t.Logf("the kernel ended after %v", time.Since(begin).Round(time.Millisecond))
			if code := k.cmd.ProcessState.ExitCode(); code != 0 {
				t.Errorf("its exit status is %d", code)
			}
			if _, err := os.Stat(file); c.saves && err != nil {
				t.Errorf("the cell could not save: %v", err)
			}
			k.nothingLeft(t)
		})
	}
}

// After a kernel was killed while a cell ran, a cell that saves on the interrupt has its time too.
func TestSavesWhenFrontIsKilled(t *testing.T) {
	slow(t)
	t.Parallel()
	file := filepath.Join(t.TempDir(), "saved")
	k := start(t, settings{Grace: 5 * time.Second})
	k.begin(t, "c := make(chan os.Signal, 1)\nsignal.Notify(c, os.Interrupt)\nfmt.Println(\"begun\")\n<-c\ntime.Sleep(1500 * time.Millisecond)\n_ = os.WriteFile("+fmt.Sprintf("%q", file)+", nil, 0o644)").until(t, "begun")
	kill(t, k.cmd.Process.Pid)
	k.nothingLeft(t)
	if _, err := os.Stat(file); err != nil {
		t.Errorf("the cell could not save: %v", err)
	}
}
