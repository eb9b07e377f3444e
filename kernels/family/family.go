// Package family looks after processes and what they start: it finds the descendants of a process, interrupts them, and ends them without leaving one behind.
package family

import (
	"os"
	"syscall"
	"time"
)

// Interrupt sends a signal to every descendant of pid, not to pid itself, and says how many there were.
func Interrupt(pid int, sig syscall.Signal, spare func(pid int) bool) int {
	n := 0
	for _, p := range Descendants(pid) {
		if spare == nil || !spare(p) {
			if syscall.Kill(p, sig) == nil {
				n++
			}
		}
	}
	return n
}

// End ends all descendants of pid: they are interrupted first and get the time of grace, if any, to save what they made, then told to terminate, then killed.
func End(pid int, grace time.Duration) {
	type step struct {
		sig  syscall.Signal
		wait time.Duration
	}
	steps := []step{{syscall.SIGINT, grace}, {syscall.SIGTERM, 2 * time.Second}, {syscall.SIGKILL, 2 * time.Second}}
	if grace == 0 {
		steps = steps[1:]
	}
	for _, step := range steps {
		told := map[int]bool{}
		for until := time.Now().Add(step.wait); ; time.Sleep(20 * time.Millisecond) {
			reap()
			left := Descendants(pid)
			if len(left) == 0 {
				return
			}
			for _, p := range left {
				if !told[p] { // one that appeared since is told too, none twice
					told[p] = true
					_ = syscall.Kill(p, step.sig)
				}
			}
			if time.Now().After(until) {
				break
			}
		}
	}
}

// reap collects the dead among this process's children that nobody waits for.
func reap() {
	for {
		if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 || err != nil {
			return
		}
	}
}

// Alive tells whether a process runs.
func Alive(pid int) bool {
	p, err := os.FindProcess(pid)
	return err == nil && p.Signal(syscall.Signal(0)) == nil
}
