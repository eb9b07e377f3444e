package front_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// prepared is the folder of what is made once for all tests.
var prepared string

// tools builds GoNB and the shim, which takes a while the first time on a machine.
var tools = sync.OnceValues(func() (bin string, err error) {
	if prepared, err = os.MkdirTemp("", "front-"); err != nil {
		return "", err
	}
	bin = filepath.Join(prepared, "bin")
	for name, path := range map[string]string{"gonb": "github.com/janpfeifer/gonb", "curious-shim": "github.com/curious-go/curious/kernels/shim"} {
		cmd := exec.Command("go", "build", "-o", filepath.Join(bin, name), path)
		if text, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("building %s: %w\n%s", name, err, text)
		}
	}
	return bin, nil
})

// newModule makes a small module that cells can import from: it requires what this one does, so nothing has to be fetched.
func newModule(dir string) error {
	files := map[string]string{"greet/greet.go": greet}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			return err
		}
		files[name] = strings.Replace(string(text), "module github.com/curious-go/curious\n", "module example.com/lab\n", 1)
	}
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

const greet = `// Package greet greets.
package greet

// Hello greets somebody by name.
func Hello(name string) string { return "hello, " + name }
`

// home is a folder for built programs and the index of packages that all kernels share, so that it is made once.
var home = sync.OnceValues(func() (string, error) {
	if _, err := tools(); err != nil {
		return "", err
	}
	dir := filepath.Join(prepared, "home")
	return dir, os.MkdirAll(dir, 0o755)
})

// lab is a module that the kernels share that do not change it.
var lab = sync.OnceValues(func() (string, error) {
	if _, err := tools(); err != nil {
		return "", err
	}
	dir := filepath.Join(prepared, "lab")
	return dir, newModule(dir)
})
