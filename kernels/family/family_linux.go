package family

import (
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// StartTied starts a child in a process group of its own, so that a Ctrl-C reaches it from us alone and once, has it told to end when we are killed, and sends
// what became of it. The child's death signal hangs on the thread that started it, which so is kept for as long as the child lives.
func StartTied(cmd *exec.Cmd) (ended <-chan error, err error) {
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

// Adopt makes this process the parent of grandchildren whose parent ended, so that [End] finds them.
func Adopt() { _ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

// Descendants are the processes that pid started, and those that they started; the dead do not count.
func Descendants(pid int) (all []int) {
	tasks, _ := os.ReadDir("/proc/" + strconv.Itoa(pid) + "/task")
	for _, t := range tasks {
		text, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/task/" + t.Name() + "/children")
		for word := range strings.FieldsSeq(string(text)) {
			if p, err := strconv.Atoi(word); err == nil {
				if !dead(p) {
					all = append(all, p)
				}
				all = append(all, Descendants(p)...)
			}
		}
	}
	return all
}

// dead tells whether a process is a zombie: ended, and not yet waited for.
func dead(pid int) bool {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return true
	}
	_, rest, ok := strings.Cut(string(text), ") ") // the name in front of it may hold anything
	return !ok || strings.HasPrefix(rest, "Z") || strings.HasPrefix(rest, "X")
}
