// Shim is the small program that stands where GoNB looks for others, and asks the kernel's front what to do. By its name and first word it is
//
//	go …, goimports …   the two tools that GoNB calls for each cell: the front does their work; in all other cases the real tool runs
//	FILE …              the interpreter of a cell's program file, which names the program and the environment it runs in: it runs it and tells the front its output
//	shim command KEY    a !command: runs it and tells the front its exit status
//	shim keep …         the parent of GoNB: when the front is gone, however it went, it ends what is left and removes the kernel's temporary files
//
// It is a program of its own because it starts several times for each cell: it must be small.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/curious-go/curious/kernels/family"
)

// Variables that the front sets for GoNB.
const (
	socketVar = "CURIOUS_FRONT" // the front's socket
	pathVar   = "CURIOUS_PATH"  // PATH without the shims
	tmpVar    = "CURIOUS_TMP"   // TMPDIR as it was
)

// request is what the front is asked; answer is what it says.
type (
	request struct {
		Do     string   `json:"do"` // "tool", "command", "status"
		Args   []string `json:"args,omitempty"`
		Dir    string   `json:"dir,omitempty"`
		Parent int      `json:"parent,omitempty"`
		Key    string   `json:"key,omitempty"`
		Status int      `json:"status,omitempty"`
		Signal string   `json:"signal,omitempty"`
	}
	answer struct {
		Exec   bool     `json:"exec,omitempty"` // run the real tool
		Args   []string `json:"args,omitempty"` // what to run for a command
		Skip   bool     `json:"skip,omitempty"`
		End    bool     `json:"end,omitempty"` // end what the command has left running
		Status int      `json:"status,omitempty"`
		Output string   `json:"output,omitempty"`
	}
)

func main() {
	name := filepath.Base(os.Args[0])
	switch {
	case !strings.HasSuffix(name, "shim"):
		tool(name)
	case len(os.Args) == 3 && os.Args[1] == "command":
		command(os.Args[2])
	case len(os.Args) > 4 && os.Args[1] == "keep":
		keep(os.Args[2], os.Args[3], os.Args[4:])
	case len(os.Args) > 1:
		program(os.Args[1], os.Args[2:])
	default:
		fail("shim: it is called by the kernel, not by people")
	}
}

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}

// ask sends the front a request and waits for its answer; ok is false when there is no front.
func ask(r request) (a answer, ok bool) {
	c, err := net.Dial("unix", os.Getenv(socketVar))
	if err != nil {
		return a, false
	}
	defer c.Close()
	if json.NewEncoder(c).Encode(r) != nil {
		return a, false
	}
	return a, json.NewDecoder(bufio.NewReader(c)).Decode(&a) == nil
}

// restore takes GoNB's own settings out of the environment again.
func restore() {
	for from, to := range map[string]string{pathVar: "PATH", tmpVar: "TMPDIR"} {
		if value := os.Getenv(from); value != "" {
			os.Setenv(to, value)
		} else if to == "TMPDIR" {
			os.Unsetenv(to)
		}
		os.Unsetenv(from)
	}
	os.Unsetenv(socketVar)
}

func tool(name string) {
	dir, _ := os.Getwd()
	a, ok := ask(request{Do: "tool", Args: append([]string{name}, os.Args[1:]...), Dir: dir, Parent: os.Getppid()})
	if ok && !a.Exec {
		fmt.Print(a.Output)
		os.Exit(a.Status)
	}
	restore()
	path, err := exec.LookPath(name)
	if err != nil {
		fail("%v", err)
	}
	fail("shim: running %s: %v", path, syscall.Exec(path, append([]string{name}, os.Args[1:]...), os.Environ()))
}

// command runs a !command of a cell, and itself always ends well: that it failed is said to the front.
func command(key string) {
	// The command gets its own interrupt; this process has to tell how it ended. Caught, not ignored: what is ignored would be so in the command too.
	signal.Notify(make(chan os.Signal, 8), syscall.SIGINT)
	a, ok := ask(request{Do: "command", Key: key})
	if !ok || a.Skip || len(a.Args) == 0 {
		return
	}
	front := os.Getenv(socketVar)
	restore()
	cmd := exec.Command(a.Args[0], a.Args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	family.Adopt()
	r := request{Do: "status", Key: key}
	if err := cmd.Run(); err != nil {
		r.Status = 127
		if cmd.ProcessState == nil {
			fmt.Fprintln(os.Stderr, err)
		} else if ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
			r.Status, r.Signal = 128+int(ws.Signal()), ws.Signal().String()
		} else {
			r.Status = cmd.ProcessState.ExitCode()
		}
	}
	os.Setenv(socketVar, front)
	if a, ok = ask(r); ok && a.End { // what a shell starts with & ignores the interrupt
		family.End(os.Getpid(), 0)
	}
}
