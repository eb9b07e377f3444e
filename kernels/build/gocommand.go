package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// command is a go command in dir that ends, with all that it started, when ctx does.
func (b *Builder) command(ctx context.Context, dir string, args ...string) *exec.Cmd {
	return tool(ctx, dir, b.env, b.goCmd, args...)
}

// tool is a program in a process group of its own, which is killed as a whole.
func tool(ctx context.Context, dir string, env []string, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, append(slices.Clip(env), "PWD="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 50 * time.Millisecond
	return cmd
}

// toolsKey is a hash of the go command's file and of all that it looks at in the environment.
func toolsKey(goCmd string, env []string) string {
	h := sha256.New()
	if file, err := filepath.EvalSymlinks(goCmd); err == nil {
		fmt.Fprintln(h, file, stamp(file))
	}
	file := getenv(env, "GOENV")
	if file == "" {
		file = filepath.Join(getenv(env, "HOME"), ".config", "go", "env")
		if dir := getenv(env, "XDG_CONFIG_HOME"); dir != "" {
			file = filepath.Join(dir, "go", "env")
		}
	}
	hashFiles(h, file)
	last := map[string]string{}
	for _, kv := range env {
		name, value, _ := strings.Cut(kv, "=")
		// Go's own have no underscore; GOMLX_… and GONB_… are others'
		if strings.HasPrefix(name, "GO") && !strings.Contains(name, "_") && name != "GOMAXPROCS" || strings.HasPrefix(name, "CGO_") || slices.Contains([]string{"CC", "CXX", "FC", "AR", "PKG_CONFIG"}, name) {
			last[name] = value
		}
	}
	text, _ := json.Marshal(last) // names come sorted
	h.Write(text)
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// listed is what `go list -json` says of a package.
type listed struct {
	ImportPath, Name, Dir, Export string
	Standard, DepOnly             bool
	GoFiles, CgoFiles             []string
	Imports                       []string
	ImportMap                     map[string]string
	EmbedPatterns                 []string
	Module                        *module
	Error                         *struct{ Err string }
}

// module is what `go list` says of a package's module.
type module struct {
	Path, Version, Sum string
	Main, Indirect     bool
	GoMod              string
	Replace            *module
}

const listFields = "-json=ImportPath,Name,Dir,Export,Standard,DepOnly,GoFiles,CgoFiles,Imports,ImportMap,EmbedPatterns,Module,Error"

// list asks the go command about packages and all that they depend on; with export it compiles what is not compiled yet. Unless fetch is set it does not go to the network.
func (b *Builder) list(ctx context.Context, dir string, export, fetch bool, patterns ...string) ([]listed, error) {
	args := []string{"list", "-e", "-deps", listFields}
	if export {
		args = append(args, "-export")
	}
	cmd := b.command(ctx, dir, append(append(args, "--"), patterns...)...)
	if !fetch {
		cmd.Env = append(cmd.Env, "GOPROXY=off")
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	var all []listed
	decoder := json.NewDecoder(out)
	for err == nil {
		var p listed
		if err = decoder.Decode(&p); err == nil {
			all = append(all, p)
		}
	}
	_, _ = io.Copy(io.Discard, out)
	if wait := cmd.Wait(); wait != nil {
		return nil, fmt.Errorf("go list: %w: %s", wait, strings.TrimSpace(stderr.String()))
	}
	if !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("go list: reading its answer: %w", err)
	}
	return all, nil
}

// near lists packages of modules that are required and not used yet, by name only.
func (b *Builder) near(ctx context.Context, dir string, modules []string) (all []*Package) {
	args := []string{"list", "-e", "-find", "-json=ImportPath,Name,Dir,GoFiles,CgoFiles,Error", "--"}
	for _, m := range modules {
		args = append(args, m+"/...")
	}
	cmd := b.command(ctx, dir, args...)
	cmd.Env = append(cmd.Env, "GOPROXY=off")
	out, err := cmd.Output()
	if err != nil || len(modules) == 0 {
		return nil
	}
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p listed
		if decoder.Decode(&p) != nil {
			return all
		}
		if p.Error == nil && p.Name != "" {
			all = append(all, &Package{Path: p.ImportPath, Name: p.Name, Dir: p.Dir, GoFiles: append(p.GoFiles, p.CgoFiles...)})
		}
	}
}

// goEnv is `go env` in dir.
func (b *Builder) goEnv(ctx context.Context, dir string) (map[string]string, error) {
	out, err := b.command(ctx, dir, "env", "-json").Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	vars := map[string]string{}
	if err := json.Unmarshal(out, &vars); err != nil {
		return nil, fmt.Errorf("go env: reading its answer: %w", err)
	}
	return vars, nil
}

// toolVars are the variables that the go command hands to the compiler and the linker.
func toolVars(vars map[string]string) (env []string) {
	for _, name := range []string{"GOOS", "GOARCH", "GOROOT", "GOEXPERIMENT", "GO386", "GOAMD64", "GOARM", "GOARM64", "GOMIPS", "GOMIPS64", "GOPPC64", "GORISCV64", "GOFIPS140", "GODEBUG"} {
		if value, ok := vars[name]; ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// exists says whether a file is there.
func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
