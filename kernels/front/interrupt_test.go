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

// interrupt asks the kernel to interrupt what runs.
func (k *kernel) interrupt(t *testing.T) {
	t.Helper()
	var r struct{ Status string }
	if k.ask(t, wire.Control, "interrupt_request", object{}, &r); r.Status != "ok" {
		t.Errorf("interrupt_reply says %q", r.Status)
	}
}

// interrupted checks that a cell was stopped by its reader, and that the next one works with the definitions of before.
func (k *kernel) interrupted(t *testing.T, cell *running, since time.Time) result {
	t.Helper()
	r := cell.wait(t)
	t.Logf("it took %v from the interrupt to the reply", time.Since(since).Round(time.Millisecond))
	if r.Status != "error" || r.Ename != "Interrupted" {
		t.Errorf("%s", r)
	}
	if got := k.ok(t, "fmt.Println(kept())"); got != "kept\n" {
		t.Errorf("the next cell shows %q", got)
	}
	return r
}

const keep = `func kept() string { return "kept" }`

// An interrupt ends a running program, command or script with all that it has started, and a question to the reader; definitions stay and the next cell works.
func TestInterruptRunning(t *testing.T) {
	k := shared(t)
	k.ok(t, keep)
	for _, c := range []struct {
		name, code string
		child      string // a process that must be there before and gone after
	}{
		{"program", "fmt.Println(\"begun\")\nfor {\n\ttime.Sleep(time.Millisecond)\n}", ""},
		{"program that computes", "fmt.Println(\"begun\")\nfor i := 0; ; i++ {\n\tif i < 0 {\n\t\tbreak\n\t}\n}", ""},
		{"command", "!echo begun; sleep 1000", "sleep"},
		{"command with a pipe", "!echo begun; sleep 1000 | cat", "sleep"},
		{"command with children", "!echo begun; (sleep 1000 & sleep 1001 & wait); echo after", "sleep"},
		{"script", "%%bash\necho begun\nsleep 1000\necho after", "sleep"},
		{"program's children", "fmt.Println(\"begun\")\n_ = exec.Command(\"sleep\", \"1000\").Run()\ntime.Sleep(time.Hour)", "sleep"},
		{"statement behind a command", "!echo begun; sleep 1000\nfmt.Println(\"after\")", "sleep"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cell := k.begin(t, c.code)
			cell.until(t, "begun")
			if c.child != "" {
				k.child(t, named(c.child))
			}
			since := time.Now()
			k.interrupt(t)
			r := k.interrupted(t, cell, since)
			if strings.Contains(r.stream("stdout"), "after") {
				t.Errorf("it went on: %s", r)
			}
			if c.child != "" {
				eventually(t, 10*time.Second, func() error {
					for _, p := range k.processes(t) {
						if p.name == c.child {
							return fmt.Errorf("%v is left", p)
						}
					}
					return nil
				})
			}
		})
	}
}

// An interrupt during input ends the cell.
func TestInterruptInput(t *testing.T) {
	k := shared(t)
	k.ok(t, keep)
	asked, answer := make(chan bool), make(chan bool)
	defer close(answer)
	type outcome struct {
		reply   *wire.Message
		outputs []*wire.Message
		err     error
	}
	ended := make(chan outcome, 1)
	go func() {
		reply, outputs, err := k.Execute(within(t), "var s string\ngonbui.RequestInput(\"? \", false)\nfmt.Scanln(&s)\nfmt.Println(\"after\")", wire.Options{
			Input: func(string, bool) (string, error) {
				asked <- true
				<-answer
				return "", errNotYet
			},
		})
		ended <- outcome{reply, outputs, err}
	}()
	select {
	case <-asked:
	case o := <-ended:
		t.Fatalf("it ended without a question: %+v", o)
	}
	since := time.Now()
	k.interrupt(t)
	o := <-ended
	if o.err != nil {
		t.Fatal(o.err)
	}
	t.Logf("it took %v from the interrupt to the reply", time.Since(since).Round(time.Millisecond))
	if r := resultOf(t, o.reply, o.outputs); r.Ename != "Interrupted" {
		t.Errorf("%s", r)
	}
	if got := k.ok(t, "fmt.Println(kept())"); got != "kept\n" {
		t.Errorf("the next cell shows %q", got)
	}
}

// A program that handles the interrupt may end in its own way; what was queued behind it does not run all the same.
func TestInterruptHandled(t *testing.T) {
	k := shared(t)
	cell := k.begin(t, "c := make(chan os.Signal, 1)\nsignal.Notify(c, os.Interrupt)\nfmt.Println(\"begun\")\n<-c\ntime.Sleep(300 * time.Millisecond)\nfmt.Println(\"saved\")")
	behind, err := k.Send(wire.Shell, "execute_request", object{"code": "println(1)"})
	if err != nil {
		t.Fatal(err)
	}
	cell.until(t, "begun")
	k.interrupt(t)
	if r := cell.wait(t); !strings.Contains(r.stream("stdout"), "saved") || r.Status != "ok" && r.Ename != "Interrupted" {
		t.Errorf("%s", r)
	}
	reply, err := k.Reply(within(t), behind)
	if err != nil {
		t.Fatal(err)
	}
	if r := resultOf(t, reply, nil); r.Status != "aborted" {
		t.Errorf("the cell behind: %s", r.Status)
	}
}

// What ignores the first interrupt is ended by the second.
func TestInterruptIgnored(t *testing.T) {
	k := shared(t)
	k.ok(t, keep)
	cell := k.begin(t, "signal.Ignore(os.Interrupt)\nfor i := 0; ; i++ {\n\tfmt.Printf(\"tick %d.\\n\", i)\n\ttime.Sleep(50 * time.Millisecond)\n}")
	cell.until(t, "tick 1.")
	k.interrupt(t)
	n := strings.Count(cell.so().stream("stdout"), "tick")
	cell.until(t, fmt.Sprintf("tick %d.", n+5))
	since := time.Now()
	k.interrupt(t)
	k.interrupted(t, cell, since)
}

// SIGINT to the kernel's process does what an interrupt_request does, and nothing when no cell runs.
func TestInterruptBySignal(t *testing.T) {
	k := shared(t)
	k.ok(t, keep)
	if err := k.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	k.run(t, "fmt.Println(0)") // on a busy machine it may be this one that the signal meets
	cell := k.begin(t, "fmt.Println(\"begun\")\nselect {\ncase <-time.After(time.Hour):\n}")
	cell.until(t, "begun")
	since := time.Now()
	if err := syscall.Kill(-k.cmd.Process.Pid, syscall.SIGINT); err != nil { // as Jupyter does: to the group
		t.Fatal(err)
	}
	k.interrupted(t, cell, since)
}

// An interrupt while a cell is compiled ends the compiler at once, and the program does not run.
func TestInterruptCompiling(t *testing.T) {
	slow(t)
	root := t.TempDir()
	if err := newModule(root); err != nil {
		t.Fatal(err)
	}
	var big strings.Builder
	big.WriteString("// Package big takes long to compile.\npackage big\n\n// Sum is large.\nfunc Sum(m map[string]int) (s int) {\n")
	for i := range 3000 {
		fmt.Fprintf(&big, "\tif v, ok := m[\"%d\"]; ok && v > s {\n\t\tm[\"%d\"], s = s+v*%d, v+len(m)\n\t}\n", i, i+1, i)
	}
	big.WriteString("\treturn s\n}\n")
	if err := os.MkdirAll(filepath.Join(root, "big"), 0o755); err != nil {
		t.Fatal(err)
	}
	k := start(t, settings{Root: root})
	k.ok(t, keep)
	if err := os.WriteFile(filepath.Join(root, "big", "big.go"), []byte(big.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	cell := k.begin(t, "import \"example.com/lab/big\"\n\nfmt.Println(\"ran\", big.Sum(nil))")
	k.child(t, func(p process) bool { return p.name == "compile" && strings.Contains(p.args, "big") })
	since := time.Now()
	k.interrupt(t)
	if r := k.interrupted(t, cell, since); strings.Contains(r.stream("stdout"), "ran") {
		t.Errorf("the program ran: %s", r)
	}
}
