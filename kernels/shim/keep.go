package main

import (
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/curious-go/curious/kernels/family"
)

// keep runs GoNB in a session of its own until standard input, which the front holds open, ends; then it ends GoNB and all that GoNB started, giving a cell
// the seconds of grace to save what it made, and removes the folder of the kernel's temporary files.
func keep(scratch, grace string, argv []string) {
	// Caught, not ignored: what is ignored would be so in GoNB too. A pipe breaks when the front is gone before it was told anything.
	signal.Notify(make(chan os.Signal, 8), syscall.SIGINT, syscall.SIGHUP, syscall.SIGTERM, syscall.SIGPIPE)
	seconds, err := strconv.Atoi(grace)
	if err != nil {
		fail("shim: keep: %v", err)
	}
	family.Adopt()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Start(); err != nil {
		fail("shim: starting %s: %v", argv[0], err)
	}
	os.Stdout.WriteString(strconv.Itoa(cmd.Process.Pid) + "\n") // tells the front whom to look for
	gone, ended := make(chan struct{}), make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(gone)
	}()
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	status := 0
	select {
	case <-gone:
	case <-ended:
		status = 1
	}
	family.End(cmd.Process.Pid, time.Duration(seconds)*time.Second) // what GoNB started may have work to save
	family.End(os.Getpid(), 0)
	select {
	case <-gone:
		_ = os.RemoveAll(scratch)
	case <-time.After(300 * time.Millisecond): // the front is there and will start GoNB again
	}
	os.Exit(status)
}
