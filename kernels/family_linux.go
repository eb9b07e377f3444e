package kernels

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// startTied starts a child in a process group of its own, so that a Ctrl-C reaches it from us alone and once, has it told to end when we are killed, and sends what became of it. The child's death signal hangs on the thread that started it, which so is kept for as long as the child lives.
func startTied(cmd *exec.Cmd) (ended <-chan error, err error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	started, done := make(chan error), make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			done <- cmd.Wait()
		}
	}()
	return done, <-started
}

// adoptOrphans makes this process the parent of grandchildren whose parent ended, so that endFamily finds them.
func adoptOrphans() { _ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

// endFamily ends what GoNB left running: its gopls, and a cell, which gets time to save.
func endFamily() {
	for i, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL} {
		for _, pid := range children() {
			_ = syscall.Kill(pid, sig)
		}
		for range []int{20, 10, 5}[i] {
			if len(children()) == 0 {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
}

// children are the processes whose parent we are, the dead ones collected.
func children() (pids []int) {
	for {
		if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 || err != nil {
			break
		}
	}
	tasks, _ := os.ReadDir("/proc/self/task")
	for _, t := range tasks {
		text, _ := os.ReadFile("/proc/self/task/" + t.Name() + "/children")
		for _, word := range strings.Fields(string(text)) {
			var pid int
			if _, err := fmt.Sscan(word, &pid); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}
