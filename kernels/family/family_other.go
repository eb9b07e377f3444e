//go:build !linux

package family

import (
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// StartTied starts a child in a process group of its own and sends what became of it.
func StartTied(cmd *exec.Cmd) (ended <-chan error, err error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	return done, nil
}

// Adopt does nothing here: orphans go to the first process.
func Adopt() {}

// Descendants are the processes that pid started, and those that they started, as ps lists them.
func Descendants(pid int) []int {
	text, err := exec.Command("ps", "-axo", "pid=,ppid=,stat=,comm=").Output()
	if err != nil {
		return nil
	}
	of := map[int][]int{}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) < 4 || strings.HasPrefix(f[2], "Z") || f[3] == "ps" {
			continue
		}
		child, _ := strconv.Atoi(f[0])
		parent, _ := strconv.Atoi(f[1])
		of[parent] = append(of[parent], child)
	}
	var all []int
	var walk func(int)
	walk = func(p int) {
		for _, c := range of[p] {
			all = append(all, c)
			walk(c)
		}
	}
	walk(pid)
	return all
}
