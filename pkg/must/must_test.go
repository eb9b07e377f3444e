package must_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	. "github.com/curious-go/curious/pkg/must"
)

// failures are run in a process of their own, since each ends it.
var failures = []struct {
	name string
	run  func()
	want string // all of stderr
}{
	{"Do", func() { Do(errors.New("data: opening x: no such file")) }, "error: data: opening x: no such file\n"},
	{"Get", func() { fmt.Println(Get(strconv.Atoi("seven"))) }, "error: strconv.Atoi: parsing \"seven\": invalid syntax\n"},
	{"Get2", func() { Get2(1, "two", errors.New("score: no")) }, "error: score: no\n"},
	{"one line for several", func() { Do(errors.Join(errors.New("a: b"), errors.New("c: d"))) }, "error: a: b · c: d\n"},
}

func TestMain(m *testing.M) {
	for _, f := range failures {
		if os.Getenv("MUST_TEST") == f.name {
			f.run()
			os.Exit(0) // Reached only if it did not end the process.
		}
	}
	os.Exit(m.Run())
}

func TestEndsTheProcess(t *testing.T) {
	for _, f := range failures {
		t.Run(f.name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), "MUST_TEST="+f.name)
			var stdout, stderr strings.Builder
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			_ = cmd.Run()
			if code := cmd.ProcessState.ExitCode(); code != 1 {
				t.Errorf("exit status %d, want 1", code)
			}
			if stderr.String() != f.want || stdout.String() != "" {
				t.Errorf("stderr %q, want %q; stdout %q, want none", stderr.String(), f.want, stdout.String())
			}
		})
	}
}

func TestPanicsPass(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a panic of the caller was swallowed")
		}
	}()
	Get(func() (int, error) { panic("a bug") }())
}

func ExampleGet() {
	n := Get(strconv.Atoi("7"))
	Do(nil)
	a, b := Get2(1, "two", nil)
	fmt.Println(n, a, b)
	// Output: 7 1 two
}
