package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// workspace is what decides which packages a folder's programs see: its go.mod, its go.work, and the modules that this uses.
type workspace struct {
	dir   string   // "" before there is one
	work  string   // the go.work file; "" for none
	roots []string // folders of the modules used, but for dir's own
	base  string   // hash of the modules used and of the tools
	own   string   // hash of what dir itself adds, the same wherever dir is; "" for whatever it will be
}

// workspace reads what decides about dir's packages. The files are few and small, and read each time: nothing else tells surely that they are as they were.
func (b *Builder) workspace(dir string) (*workspace, error) {
	ws := &workspace{dir: dir}
	if dir == "" && b.root != "" {
		ws.roots = []string{b.root}
	}
	if dir != "" {
		if _, err := os.Stat(dir); err != nil {
			return nil, fmt.Errorf("build: looking at the program's folder: %w", err)
		}
		ws.work = b.findWork(dir)
		work, mod := ws.directives()
		for _, d := range work {
			if used := filepath.Clean(d[len(d)-1]); d[0] == "use" && used != filepath.Clean(dir) {
				ws.roots = append(ws.roots, used)
			}
		}
		h := sha256.New()
		ws.hashOwn(h, append(work, mod...))
		hashFiles(h, filepath.Join(dir, "go.sum"))
		if ws.work != "" {
			hashFiles(h, ws.work+".sum")
		}
		ws.own = hex.EncodeToString(h.Sum(nil)[:8])
	}
	slices.Sort(ws.roots)
	h := sha256.New()
	fmt.Fprintln(h, b.tools)
	for _, root := range ws.roots {
		fmt.Fprintln(h, root)
		hashFiles(h, filepath.Join(root, "go.mod"), filepath.Join(root, "go.sum"))
	}
	ws.base = hex.EncodeToString(h.Sum(nil)[:8])
	return ws, nil
}

// directives are those of dir's go.work and go.mod, their folders made absolute.
func (ws *workspace) directives() (work, mod [][]string) {
	read := func(file string) [][]string {
		text, _ := os.ReadFile(file)
		all := directives(string(text))
		for _, d := range all {
			last := &d[len(d)-1]
			if (d[0] == "use" || d[0] == "replace") && (*last == "." || strings.HasPrefix(*last, "./") || strings.HasPrefix(*last, "..")) {
				*last = filepath.Join(filepath.Dir(file), *last)
			}
		}
		return all
	}
	if ws.work != "" {
		work = read(ws.work)
	}
	return work, read(filepath.Join(ws.dir, "go.mod"))
}

// directives are the lines of a go.mod or go.work file as words, blocks unfolded: "require", "example.com/m", "v1.2.3", and "// indirect" when it says so.
func directives(text string) (all [][]string) {
	block := ""
	for line := range strings.Lines(text) {
		line, comment, _ := strings.Cut(line, "//")
		words := strings.Fields(line)
		for i, w := range words {
			if plain, err := strconv.Unquote(w); err == nil {
				words[i] = plain
			}
		}
		switch {
		case len(words) == 0:
			continue
		case block != "" && words[0] == ")":
			block = ""
			continue
		case block == "" && words[len(words)-1] == "(":
			block = words[0]
			continue
		case block != "":
			words = append([]string{block}, words...)
		}
		if strings.TrimSpace(comment) == "indirect" {
			words = append(words, "// indirect")
		}
		if len(words) > 1 && words[0] != "" {
			all = append(all, words)
		}
	}
	return all
}

// hashOwn leaves out what differs from one kernel's folder to the next and changes nothing: the module's name, and replacements of modules that the workspace uses.
func (ws *workspace) hashOwn(h io.Writer, all [][]string) {
	var plain []string
	for _, d := range all {
		last := filepath.Clean(d[len(d)-1])
		if d[0] == "module" || d[0] == "use" || d[0] == "replace" && (slices.Contains(ws.roots, last) || last == filepath.Clean(ws.dir)) {
			continue
		}
		plain = append(plain, strings.Join(d, " "))
	}
	slices.Sort(plain)
	fmt.Fprintln(h, strings.Join(slices.Compact(plain), "\n"))
}

// findWork is the go.work file that counts in dir.
func (b *Builder) findWork(dir string) string {
	switch set := getenv(b.env, "GOWORK"); set {
	case "off":
		return ""
	case "":
	default:
		return set
	}
	for {
		file := filepath.Join(dir, "go.work")
		if _, err := os.Stat(file); err == nil {
			return file
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}

// scaffold makes a folder with an empty program that sees the same packages, for questions to the go command that must not depend on what the real one holds.
// Before there is a real one, it is made the way GoNB will make it.
func (b *Builder) scaffold(ctx context.Context, ws *workspace) (dir string, err error) {
	place := ""
	if b.cache != nil {
		place = filepath.Join(b.cache.dir, "scaffold")
		if os.MkdirAll(place, 0o755) != nil {
			place = "" // a cache that cannot be written is none
		}
		sweep(place)
	}
	if dir, err = os.MkdirTemp(place, "curious-build-"); err != nil {
		return "", err
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(dir)
		}
	}()
	files := map[string]string{"main.go": "package main\n\nfunc main() {}\n"}
	if ws.dir == "" {
		steps := [][]string{{"mod", "init", "cell"}}
		if b.root != "" {
			steps = append(steps, []string{"work", "init"}, []string{"work", "use", b.root, "."})
		}
		for _, args := range steps {
			if out, err := b.command(ctx, dir, args...).CombinedOutput(); err != nil {
				return "", fmt.Errorf("go %s: %w: %s", strings.Join(args, " "), err, out)
			}
		}
		return dir, writeAll(dir, files)
	}
	work, mod := ws.directives()
	var text strings.Builder
	for _, d := range mod {
		fmt.Fprintln(&text, line(d))
	}
	files["go.mod"] = text.String()
	if ws.work != "" {
		text.Reset()
		for _, d := range work {
			if d[0] != "use" {
				fmt.Fprintln(&text, line(d))
			}
		}
		for _, root := range append(ws.roots, ".") {
			fmt.Fprintln(&text, line([]string{"use", root}))
		}
		files["go.work"] = text.String()
	}
	for name, from := range map[string]string{"go.sum": filepath.Join(ws.dir, "go.sum"), "go.work.sum": ws.work + ".sum"} {
		if text, err := os.ReadFile(from); err == nil {
			files[name] = string(text)
		}
	}
	return dir, writeAll(dir, files)
}

// line writes a directive's words down again.
func line(words []string) string {
	var quoted []string
	for _, w := range words {
		if strings.ContainsAny(w, " \"'`") && w != "// indirect" {
			w = strconv.Quote(w)
		}
		quoted = append(quoted, w)
	}
	return strings.Join(quoted, " ")
}

func writeAll(dir string, files map[string]string) error {
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func hashFiles(h io.Writer, files ...string) {
	for _, file := range files {
		text, _ := os.ReadFile(file)
		fmt.Fprintf(h, "%d\n%s", len(text), text)
	}
}
