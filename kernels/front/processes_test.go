package front_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// process is one of a kernel's family.
type process struct {
	pid  int
	name string
	args string
}

// processes are all that carry the kernel's mark in their environment, wherever they stand in the tree of processes, but for the dead.
func (k *kernel) processes(t testing.TB) (found []process) {
	t.Helper()
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil || len(dirs) == 0 {
		t.Skip("needs /proc to find processes by their environment")
	}
	for _, dir := range dirs {
		env, err := os.ReadFile(filepath.Join(dir, "environ"))
		if err != nil || !bytes.Contains(env, []byte(markVar+"="+k.mark)) {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(dir))
		stat, err := os.ReadFile(filepath.Join(dir, "stat"))
		if err != nil || bytes.Contains(stat, []byte(") Z ")) {
			continue
		}
		name, _ := os.ReadFile(filepath.Join(dir, "comm"))
		args, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		found = append(found, process{pid, strings.TrimSpace(string(name)), strings.ReplaceAll(string(args), "\x00", " ")})
	}
	return found
}

// child is the process of the family with a name or an argument, once there is one.
func (k *kernel) child(t testing.TB, matches func(process) bool) process {
	t.Helper()
	for until := time.Now().Add(ample); time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		for _, p := range k.processes(t) {
			if matches(p) {
				return p
			}
		}
	}
	t.Fatalf("there is no such process among %v", k.processes(t))
	return process{}
}

// named matches processes of a name.
func named(name string) func(process) bool { return func(p process) bool { return p.name == name } }

func isKeeper(p process) bool {
	return strings.Contains(p.args, "curious-shim keep") || strings.Contains(p.args, "/shim keep")
}

// gonb is the process of GoNB, not of the keeper, which has its name in its arguments.
func isGonb(p process) bool { return p.name == "gonb" }

// nothingLeft waits until neither a process nor a temporary file of the kernel is there.
func (k *kernel) nothingLeft(t testing.TB) {
	t.Helper()
	begin := time.Now()
	eventually(t, 45*time.Second, func() error {
		if left := k.processes(t); len(left) > 0 {
			return fmt.Errorf("processes are left: %v", left)
		}
		entries, err := os.ReadDir(k.tmp)
		if err != nil {
			return err
		}
		for _, e := range entries {
			return fmt.Errorf("%s is left in the temporary folder", e.Name())
		}
		return nil
	})
	t.Logf("everything was gone after %v", time.Since(begin).Round(time.Millisecond))
}

// writeFile writes a file and the folders on the way.
func writeFile(file, text string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o644)
}
