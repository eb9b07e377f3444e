package kernels

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/curious-go/curious/kernels/family"
	"github.com/curious-go/curious/kernels/wire"
)

// ample is for what has to come, however busy the machine is.
const ample = 3 * time.Minute

// startKernel starts the installed kernel, as Jupyter does.
func startKernel(t *testing.T, e *Env) *session {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), ample)
	defer cancel()
	env := environ(map[string]string{"CURIOUS_ROOT": e.Root, "CURIOUS_HOME": e.Home})
	s, err := startSession(ctx, t.TempDir(), env, os.Stderr, filepath.Join(e.Bin(), "curious"), "kernel", "--device", "cpu", connectionArg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	return s
}

// begin sends a cell and waits for its first words.
func begin(t *testing.T, s *session, code, words string) *cell {
	t.Helper()
	c, err := s.begin(t.Context(), code)
	if err != nil {
		t.Fatal(err)
	}
	await(t, c, words)
	return c
}

func await(t *testing.T, c *cell, words string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), ample)
	defer cancel()
	if err := c.await(ctx, words); err != nil {
		t.Fatal(err)
	}
}

// saves is a cell that, as a training does, needs a moment after the first interrupt and would take a second one for an order to stop at once.
const saves = `c := make(chan os.Signal, 4)
signal.Notify(c, os.Interrupt)
fmt.Println("training")
<-c
time.Sleep(300 * time.Millisecond)
fmt.Println("saved after", 1+len(c), "interrupt")`

func TestInterruptReachesTheCellOnce(t *testing.T) {
	s := startKernel(t, full(t))
	ctx, cancel := context.WithTimeout(t.Context(), ample)
	defer cancel()
	for name, interrupt := range map[string]func() error{
		"by message": func() error {
			_, err := s.Ask(ctx, wire.Control, "interrupt_request", map[string]any{})
			return err
		},
		"by a signal to the group, as clients do that know nothing else": func() error { return syscall.Kill(-s.cmd.Process.Pid, syscall.SIGINT) },
	} {
		t.Run(name, func(t *testing.T) {
			c := begin(t, s, saves, "training")
			if err := interrupt(); err != nil {
				t.Fatal(err)
			}
			await(t, c, "saved after 1 interrupt")
			if err := c.finish(ctx); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestKernelLeavesNoProcess(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux lets a process adopt orphans")
	}
	e := full(t)
	for name, end := range map[string]func(*session) error{
		"shutdown": (*session).shutdown,
		"kill -9":  func(s *session) error { return s.cmd.Process.Kill() },
	} {
		t.Run(name, func(t *testing.T) {
			s := startKernel(t, e)
			begin(t, s, "fmt.Println(\"asleep\")\ntime.Sleep(time.Hour)", "asleep")
			started := family.Descendants(s.cmd.Process.Pid)
			if len(started) < 3 { // the keeper, GoNB and the cell
				t.Fatalf("the kernel has started %d processes", len(started))
			}
			if err := end(s); err != nil {
				t.Error(err)
			}
			for until := time.Now().Add(ample); ; time.Sleep(20 * time.Millisecond) {
				left := alive(started)
				if len(left) == 0 {
					return
				}
				if time.Now().After(until) {
					t.Fatalf("left are %v", left)
				}
			}
		})
	}
}

// alive are those of the processes that have not ended.
func alive(pids []int) (left []int) {
	for _, pid := range pids {
		stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
		if err == nil && !strings.Contains(string(stat), ") Z ") {
			left = append(left, pid)
		}
	}
	return left
}

// What Jupyter's log shows of a kernel that cannot start says what to do.
func TestKernelWithoutSetUp(t *testing.T) {
	t.Setenv("CURIOUS_HOME", t.TempDir())
	_, file, err := wire.NewConnection(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	wantWords(t, Kernel(CPU, file), "GoNB is not in", "go run . install")
}
