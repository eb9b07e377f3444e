package front_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// mount mounts something for the test, or skips it.
func mount(t *testing.T, dir string, args ...string) {
	t.Helper()
	if text, err := exec.Command("mount", append(args, dir)...).CombinedOutput(); err != nil {
		t.Skipf("needs to mount: %v: %s", err, text)
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", dir).Run() })
}

// In a full temporary directory cells fail with the reason, and work again when there is room; a kernel that cannot start there says so.
func TestTemporaryDirectoryFull(t *testing.T) {
	slow(t)
	tmp := t.TempDir()
	mount(t, tmp, "-t", "tmpfs", "-o", "size=24m", "tmpfs")
	fill := filepath.Join(tmp, "fill")
	full := func() {
		text := make([]byte, 1<<16)
		f, err := os.Create(fill)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for err == nil {
			_, err = f.Write(text)
		}
		for text = text[:16]; err == nil; {
			_, err = f.Write(text)
		}
	}
	k := start(t, settings{Tmp: tmp})
	k.ok(t, "fmt.Println(1)")
	full()
	r := k.run(t, "fmt.Println(\"cannot be written\", 2)")
	if r.Status == "error" && !strings.Contains(r.all(), "no space left") {
		t.Errorf("in a full directory: %s", r)
	}
	t.Logf("a new cell in a full directory: %s %s %s", r.Status, r.Ename, r.Evalue)
	full() // what the cell made is gone
	r = k.run(t, "[]int{1, 2}")
	if r.Status == "error" && !strings.Contains(r.all(), "no space left") {
		t.Errorf("a value in a full directory: %s", r)
	}
	if err := os.Remove(fill); err != nil {
		t.Fatal(err)
	}
	if got := k.ok(t, "fmt.Println(3)"); got != "3\n" {
		t.Errorf("with room again %q", got)
	}
	k.end(t)
	full()
	other, err := launch(settings{Tmp: tmp})
	if err != nil {
		t.Fatal(err)
	}
	defer other.end(t)
	if err := other.connect(); err == nil { // it may still come up: then its cells say what is wrong
		if r := other.run(t, "fmt.Println(4)"); r.Status != "error" || !strings.Contains(r.all(), "no space") {
			t.Errorf("a kernel in a full directory: %s", r)
		}
	} else if !strings.Contains(err.Error(), "no space") {
		t.Errorf("a kernel in a full directory says %v", err)
	}
}

// Where nothing can be written in the home folder cells work all the same, without the cache of programs, and the history lasts as long as the kernel.
func TestHomeReadOnly(t *testing.T) {
	slow(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := writeFile(file, ""); err != nil {
		t.Fatal(err)
	}
	k := start(t, settings{Home: filepath.Join(file, "home")})
	for range 2 {
		if got := k.ok(t, "fmt.Println(greet.Hello(\"you\"))"); got != "hello, you\n" {
			t.Errorf("%q", got)
		}
	}
	var r struct{ Status string }
	if k.ask(t, 0, "history_request", object{"hist_access_type": "tail", "n": 3}, &r); r.Status != "ok" {
		t.Errorf("history: %s", r.Status)
	}
}

// Two kernels with one home and one folder do not disturb each other.
func TestTwoKernels(t *testing.T) {
	slow(t)
	root := t.TempDir()
	if err := newModule(root); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	a, b := start(t, settings{Root: root, Home: home}), start(t, settings{Root: root, Home: home})
	a.ok(t, "const name = \"a\"")
	b.ok(t, "const name = \"b\"")
	both := make(chan error, 2)
	for name, k := range map[string]*kernel{"a": a, "b": b} {
		go func() {
			var err error
			for i := range 5 {
				reply, outputs, failed := k.Execute(t.Context(), fmt.Sprintf("fmt.Println(name, %d, greet.Hello(\"x\"))", i), optionsNone)
				if failed != nil {
					err = failed
					break
				}
				if r := (result{outputs: outputs}); r.stream("stdout") != fmt.Sprintf("%s %d hello, x\n", name, i) {
					err = fmt.Errorf("kernel %s, cell %d: %s %s", name, i, reply.Content, r)
				}
			}
			both <- err
		}()
	}
	for range 2 {
		if err := <-both; err != nil {
			t.Error(err)
		}
	}
	a.end(t)
	if got := b.ok(t, "fmt.Println(name)"); got != "b\n" {
		t.Errorf("after the other ended: %q", got)
	}
	c := start(t, settings{Root: root, Home: home})
	if got := c.history(t, object{"hist_access_type": "search", "pattern": "const name*", "n": 10}); len(got) != 2 {
		t.Errorf("the history of both: %q", got)
	}
}

// A package of the checkout that changes is compiled again at once, whatever its size and time say; one with an error fails the cells that import it, with file
// and line, and no others; a mended one works; one that appears is found.
func TestPackagesChange(t *testing.T) {
	root := t.TempDir()
	if err := newModule(root); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(root, "greet", "greet.go")
	k := start(t, settings{Root: root})
	const cell = "fmt.Println(greet.Hello(\"x\"))"
	if got := k.ok(t, cell); got != "hello, x\n" {
		t.Errorf("%q", got)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	change := func(from, to string) {
		t.Helper()
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(strings.Replace(string(text), from, to, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	change(`"hello, "`, `"howdy, "`)
	if err := os.Chtimes(file, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	if got := k.ok(t, cell); got != "howdy, x\n" {
		t.Errorf("after a change of the same size and time: %q", got)
	}
	change("return", "return return")
	r := k.run(t, cell)
	if r.Status != "error" || !strings.Contains(r.all(), "greet.go") || !strings.Contains(r.all(), "5") {
		t.Errorf("with a syntax error: %s", r)
	}
	noPaths(t, k, r)
	if got := k.ok(t, "fmt.Println(1)"); got != "1\n" {
		t.Errorf("a cell that does not import it: %q", got)
	}
	change("return return", "return")
	if got := k.ok(t, cell); got != "howdy, x\n" {
		t.Errorf("mended: %q", got)
	}
	change("return", "undefinedHere(); return")
	if r := k.run(t, cell); r.Status != "error" || !strings.Contains(r.all(), "undefinedHere") || !strings.Contains(r.all(), "greet.go") {
		t.Errorf("with an error of types: %s", r)
	}
	change("undefinedHere(); return", "return")
	if err := writeFile(filepath.Join(root, "fresh", "fresh.go"), "package fresh\n\nconst Answer = 42\n"); err != nil {
		t.Fatal(err)
	}
	if got := k.ok(t, "fmt.Println(fresh.Answer)"); got != "42\n" {
		t.Errorf("a package that appeared: %q", got)
	}
	if err := writeFile(file, "package greet\n\nfunc Bye() string { return \"bye\" }\n"); err != nil {
		t.Fatal(err)
	}
	if got := k.ok(t, "fmt.Println(greet.Bye())"); got != "bye\n" {
		t.Errorf("a function that appeared: %q", got)
	}
	if r := k.run(t, cell); r.Status != "error" || !strings.Contains(r.Evalue, "greet") {
		t.Errorf("a function that went: %s", r)
	}
}

// When the checkout is moved away, cells that need it say what is missing, and work when it is back.
func TestCheckoutMoves(t *testing.T) {
	slow(t)
	root := filepath.Join(t.TempDir(), "lab")
	if err := newModule(root); err != nil {
		t.Fatal(err)
	}
	k := start(t, settings{Root: root})
	k.ok(t, "fmt.Println(greet.Hello(\"x\"))")
	if err := os.Rename(root, root+"-away"); err != nil {
		t.Fatal(err)
	}
	r := k.run(t, "fmt.Println(greet.Hello(\"y\"), 2)")
	if r.Status != "error" || !strings.Contains(r.all(), root) {
		t.Errorf("%s", r)
	}
	t.Logf("%s: %s", r.Ename, r.Evalue)
	if err := os.Rename(root+"-away", root); err != nil {
		t.Fatal(err)
	}
	if got := k.ok(t, "fmt.Println(greet.Hello(\"z\"))"); got != "hello, z\n" {
		t.Errorf("back again: %q", got)
	}
}

// Without a go command cells say what to do.
func TestNoGo(t *testing.T) {
	for _, dir := range []string{"/usr/bin", "/bin"} {
		if _, err := os.Stat(filepath.Join(dir, "go")); err == nil {
			t.Skip("needs a PATH without go; it is in " + dir)
		}
	}
	k := start(t, settings{NoGo: true, Home: t.TempDir()})
	r := k.run(t, "fmt.Println(1)")
	if r.Status != "error" || !strings.Contains(r.Evalue, "no go command on PATH") {
		t.Errorf("%s", r)
	}
	t.Logf("%s: %s", r.Ename, r.Evalue)
}

// A module cache that cannot be written is enough.
func TestModuleCacheReadOnly(t *testing.T) {
	slow(t)
	text, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	mount(t, dir, "--bind", strings.TrimSpace(string(text)))
	mount(t, dir, "-o", "remount,bind,ro")
	k := start(t, settings{Home: t.TempDir(), Env: []string{"GOMODCACHE=" + dir}})
	if got := k.ok(t, gonbui+"%%\nfmt.Println(gonbui.IsNotebook, greet.Hello(\"x\"))"); got != "true hello, x\n" {
		t.Errorf("%q", got)
	}
	if r := k.run(t, "import \"example.com/nobody/nothing\"\nnothing.Do()"); r.Status != "error" || !strings.Contains(r.all(), "example.com/nobody/nothing") {
		t.Errorf("%s", r)
	}
}

// No files stay in the temporary directory from cell to cell, whether the cells fail or not.
func TestTemporaryFilesStayFew(t *testing.T) {
	slow(t)
	k := start(t, settings{})
	count := func() (n int) {
		_ = filepath.WalkDir(k.tmp, func(string, os.DirEntry, error) error {
			n++
			return nil
		})
		return n
	}
	for i := range 3 {
		k.run(t, fmt.Sprintf("%d", i))
	}
	before := count()
	for i := range 5 {
		k.run(t, fmt.Sprintf("fmt.Println(%d)\nif %d%%2 == 0 {\n\tpanic(\"x\")\n}\n%d", i, i, i))
		k.run(t, "!echo 1")
	}
	eventually(t, 10*time.Second, func() error {
		if after := count(); after > before+2 {
			return fmt.Errorf("%d files in the temporary directory, %d before 10 cells", after, before)
		}
		return nil
	})
}
