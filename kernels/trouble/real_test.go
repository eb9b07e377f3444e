package trouble

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
)

var update = flag.Bool("update", false, "write the golden reports anew")

// cells are the sources that the programs of these tests are put together from.
var cells = map[int]string{
	2: `type E struct{ A int }

type T struct{ m map[string]int }

func (t *T) put() {
	t.m["a"] = 1
}

func deep(n int) int {
	return deep(n+1) + 1
}

func value[X any](x X) X {
	var p *X
	return *p
}
`,
	3: `switch os.Args[1] {
case "value":
	panic(E{1})
case "error":
	fmt.Fprint(os.Stderr, "reading 50%")
	panic(errors.Join(errors.New("data: no file"), errors.New("data: no folder")))
case "wrapped":
	defer func() { panic(fmt.Sprint("closing: ", recover())) }()
	panic("first")
case "again":
	defer func() { panic(recover()) }()
	panic("first")
case "nested":
	defer func() { panic("second") }()
	panic("first")
case "nil":
	fmt.Fprintln(os.Stderr, "a warning")
	value("x")
case "map":
	new(T).put()
case "deep":
	debug.SetMaxStack(1 << 20)
	deep(0)
case "deadlock":
	go func() { select {} }()
	<-make(chan int)
case "goroutine":
	done := make(chan int)
	go func() {
		var a []int
		done <- a[5]
	}()
	<-done
case "races":
	m := map[int]int{}
	for range 8 {
		go func() {
			for {
				m[1]++
			}
		}()
	}
	select {}
case "module":
	tools.Each([]int{2, 1}, func(int) {
		_ = strings.Map(func(r rune) rune { panic("deep within") }, "x")
	})
case "talks":
	fmt.Fprintln(os.Stderr, "panic: not really")
	fmt.Fprintln(os.Stderr, "and on")
case "must":
	fmt.Fprintln(os.Stderr, "error: data: opening x: no such file")
	os.Exit(1)
case "signal":
	p, _ := os.FindProcess(os.Getpid())
	p.Signal(syscall.SIGABRT)
	select {}
}
`,
}

const tools = `package tools

import "slices"

func Each(a []int, f func(int)) {
	slices.SortFunc(a, func(x, y int) int { f(x); return x - y })
}
`

// program is the test program, built once: its binary and the root of its module.
var program = sync.OnceValues(func() (string, error) {
	root, err := os.MkdirTemp("", "trouble")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("package main\n\nimport (\n")
	for _, p := range []string{"errors", "fmt", "os", "runtime/debug", "strings", "syscall", "example.org/course/tools"} {
		fmt.Fprintf(&b, "\t%q\n", p)
	}
	fmt.Fprintf(&b, ")\n\n//line Cell[2]:1:1\n%s\nfunc main() {\n//line Cell[3]:1:1\n%s}\n", cells[2], cells[3])
	for name, text := range map[string]string{
		"go.mod":            "module example.org/course\n\ngo 1.26\n",
		"gonb_1a2b/main.go": b.String(),
		"tools/tools.go":    tools,
	} {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			return "", err
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			return "", err
		}
	}
	for _, args := range [][]string{{"-o", "plain"}, {"-trimpath", "-o", "trimmed"}} {
		cmd := exec.Command("go", append(append([]string{"build"}, args...), "./gonb_1a2b")...)
		cmd.Dir = root
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("building the test program: %w\n%s", err, out)
		}
	}
	return root, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if root, err := program(); err == nil {
		_ = os.RemoveAll(root)
	}
	os.Exit(code)
}

// fails runs the test program with a word and returns its stderr.
func fails(t *testing.T, binary, word string) string {
	t.Helper()
	root, err := program()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(root, binary), word)
	cmd.Env = append(os.Environ(), "GOTRACEBACK=single")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	return stderr.String()
}

var elided = regexp.MustCompile(`[0-9]{4,}`)

// looks answers from the cells above.
func looks(root string) Look {
	return Look{
		Cell: 3, Root: root, Module: "example.org/course",
		Lines: func(cell int) []string { return strings.Split(cells[cell], "\n") },
	}
}

// written is a report as the golden files hold it, with the colours in words.
func written(r Report) string {
	trace := strings.NewReplacer(redBold, "<red>", dimmed, "<dim>", plain, "</>").Replace(strings.Join(r.Traceback, "\n"))
	return fmt.Sprintf("name: %s\nvalue: %s\n\n%s\n", r.Name, r.Value, trace)
}

// golden compares a report with testdata/name.txt.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s:\n%s\nwant:\n%s", name, got, want)
	}
}

func TestPanicOfRealPrograms(t *testing.T) {
	words := []string{"value", "error", "wrapped", "again", "nested", "nil", "map", "deep", "deadlock", "goroutine", "races", "module", "must", "signal"}
	rests := map[string]string{"error": "reading 50%", "nil": "a warning\n"}
	for _, binary := range []string{"plain", "trimmed"} {
		for _, word := range words {
			if word == "signal" && runtime.GOOS != "linux" {
				continue
			}
			t.Run(binary+"/"+word, func(t *testing.T) {
				dump := fails(t, binary, word)
				root, _ := program()
				report, rest, ok := Panic(dump, looks(root))
				if !ok {
					t.Fatalf("no panic seen in\n%s", dump)
				}
				if rest != rests[word] {
					t.Errorf("rest %q, want %q", rest, rests[word])
				}
				if word == "deep" { // How deep it came differs by the size of a frame.
					report.Traceback[len(report.Traceback)-1] = elided.ReplaceAllString(report.Traceback[len(report.Traceback)-1], "N")
				}
				if word == "races" { // Which of the goroutines fails first, and how many others are seen, differs.
					report.Traceback = report.Traceback[:min(len(report.Traceback), 4)]
				}
				golden(t, "panic-"+word, written(report))
			})
		}
	}
}

func TestNoPanic(t *testing.T) {
	for _, dump := range []string{"", "\n", "hello\n", fails(t, "plain", "talks"), "goroutine 1 [running]:\nmain.main()\n\tCell[1]:2 +0x1\n"} {
		if report, rest, ok := Panic(dump, Look{}); ok || rest != dump {
			t.Errorf("Panic(%q) = %v, rest %q", dump, report, rest)
		}
	}
}
