package build

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"go/build"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
)

// Build writes the executable of a program to out, and says whether it was kept from before. What is wrong with the program comes as *[Failed].
func (b *Builder) Build(ctx context.Context, p Program, out string) (cached bool, err error) {
	j, err := b.job(ctx, p)
	if err != nil {
		return false, err
	}
	if j == nil {
		return false, b.Make(ctx, Executable, p, out)
	}
	if b.cache.get(j.key, out) {
		return true, nil
	}
	err = j.run(ctx, out)
	var failed *Failed
	switch {
	case err == nil:
		b.cache.put(j.key, out)
		return false, nil
	case ctx.Err() != nil:
		return false, fmt.Errorf("build: %w", context.Cause(ctx))
	case errors.As(err, &failed) && len(failed.Diagnostics) > 0 && !j.linking:
		return false, failed
	}
	return false, b.Make(ctx, Executable, p, out) // it knows better, or says it better
}

// job is a program on its way to the compiler and the linker.
type job struct {
	b       *Builder
	ix      *index
	files   map[string][]byte
	names   []string // sorted
	imports []string
	linked  []*entry // all packages in it
	key     string
	linking bool // the compiler was content
}

// job prepares a program; nil when the go command must build it.
func (b *Builder) job(ctx context.Context, p Program) (*job, error) {
	if p.Dir == "" {
		p.Dir = *b.dir.Load()
	}
	ws, err := b.workspace(p.Dir)
	if err != nil {
		return nil, err
	}
	ix := b.ready(ws)
	if ix == nil {
		b.make(ws) // for the next one
		return nil, nil
	}
	j := &job{b: b, ix: ix, files: p.sources(), names: slices.Sorted(maps.Keys(p.sources()))}
	if ix.Plan.Compile == nil || len(p.Flags) > 0 || !j.plain(p.Dir) {
		return nil, nil
	}
	roots := append(slices.Clone(ix.Plan.Base), j.imports...)
	if j.ix, err = b.fresh(ctx, ix, roots...); err != nil {
		return nil, ctx.Err()
	}
	j.linked = j.ix.closure(roots...)
	for _, path := range j.imports {
		if e := j.ix.Packages[path]; e == nil || !importable(e.Package) {
			return nil, nil
		}
	}
	for _, e := range j.linked {
		if e.Export == "" && e.Path != "unsafe" {
			return nil, nil
		}
	}
	j.key = j.hash()
	return j, nil
}

func (p Program) sources() map[string][]byte {
	files := map[string][]byte{"main.go": p.Source}
	maps.Copy(files, p.Extra)
	return files
}

// plain says whether the compiler alone will do: no cgo, no embedded files, no directives for the go command, no files that the folder adds. It reads the imports.
func (j *job) plain(dir string) bool {
	for _, name := range j.names {
		text := j.files[name]
		if filepath.Base(name) != name || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || name[0] == '_' || name[0] == '.' {
			return false
		}
		for _, directive := range []string{"//go:embed", "//go:debug", "//go:build", "// +build", "//go:cgo_"} {
			if bytes.Contains(text, []byte(directive)) {
				return false
			}
		}
		if bare := strings.TrimSuffix(name, ".go"); strings.Contains(bare, "_") {
			if ok, err := build.Default.MatchFile(dir, name); err != nil || !ok {
				return false
			}
		}
		file, _ := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly) // the compiler tells what is wrong with it
		if file == nil {
			continue
		}
		if file.Name.Name != "main" && file.Name.Name != "_" {
			return false
		}
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil || path == "C" || path == "" {
				return false
			}
			j.imports = append(j.imports, path)
		}
	}
	slices.Sort(j.imports)
	j.imports = slices.Compact(j.imports)
	entries, _ := os.ReadDir(dir)
	return !slices.ContainsFunc(entries, func(e os.DirEntry) bool {
		name := e.Name()
		_, ours := j.files[name]
		ext := filepath.Ext(name)
		return !ours && !strings.HasSuffix(name, "_test.go") && name[0] != '_' && name[0] != '.' && slices.Contains(sourceExts, ext)
	})
}

// sourceExts are the files that the go command takes into a build.
var sourceExts = []string{".go", ".c", ".cc", ".cpp", ".cxx", ".m", ".h", ".hh", ".hpp", ".hxx", ".f", ".F", ".f90", ".for", ".s", ".S", ".sx", ".swig", ".swigcxx", ".syso", ".pgo"}

// hash is of all that the executable depends on: files in the build cache are named by their content.
func (j *job) hash() string {
	h := sha256.New()
	fmt.Fprintf(h, "1 %q %q %q %q %q %q\n", j.b.tools, j.ix.Tools, j.ix.Plan.Compile, j.ix.Plan.Link, j.ix.Plan.LinkEnv, j.info())
	for _, name := range j.names {
		fmt.Fprintf(h, "%s %d\n%s", name, len(j.files[name]), j.files[name])
	}
	for _, e := range j.linked {
		fmt.Fprintln(h, e.Path, filepath.Base(e.Export))
	}
	return hex.EncodeToString(h.Sum(nil)[:20])
}

// info is the text that debug.ReadBuildInfo reads, between the marks that it is found by.
func (j *job) info() string {
	text, err := strconv.Unquote(j.ix.Plan.Info)
	if err != nil || len(text) < 32 {
		return ""
	}
	info, err := debug.ParseBuildInfo(text[16 : len(text)-16])
	if err != nil {
		return ""
	}
	seen := map[string]bool{}
	for _, e := range j.linked {
		if m := e.Module; m != nil && !seen[m.Path] {
			seen[m.Path] = true
			info.Deps = append(info.Deps, m.debug())
		}
	}
	slices.SortFunc(info.Deps, func(a, b *debug.Module) int { return strings.Compare(a.Path, b.Path) })
	return text[:16] + info.String() + text[len(text)-16:]
}

func (m *module) debug() *debug.Module {
	if m == nil {
		return nil
	}
	d := &debug.Module{Path: m.Path, Version: m.Version, Sum: m.Sum, Replace: m.Replace.debug()}
	if d.Version == "" {
		d.Version = "(devel)"
	}
	if d.Replace != nil {
		d.Sum = ""
	}
	return d
}

// run compiles and links, in a folder of its own that no trace of is left in the executable.
func (j *job) run(ctx context.Context, out string) error {
	work, err := os.MkdirTemp(filepath.Dir(out), ".build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	var direct, all strings.Builder
	for _, e := range j.linked {
		if e.Path == "unsafe" {
			continue
		}
		line := "packagefile " + e.Path + "=" + e.Export + "\n"
		all.WriteString(line)
		if slices.Contains(j.imports, e.Path) || slices.Contains(j.ix.Plan.Base, e.Path) {
			direct.WriteString(line)
		}
	}
	fmt.Fprintf(&all, "packagefile main=%s\nmodinfo %q\n", filepath.Join(work, "main.a"), j.info())
	files := map[string]string{"importcfg": direct.String(), "importcfg.link": all.String()}
	for name, text := range j.files {
		files[name] = string(text)
	}
	if err := writeAll(work, files); err != nil {
		return err
	}
	tools, vars := j.ix.Vars["GOTOOLDIR"], append(slices.Clip(j.b.env), toolVars(j.ix.Vars)...)
	compile := append([]string{"-o", "main.a", "-trimpath", work + "=>", "-buildid", j.key, "-importcfg", "importcfg"}, j.ix.Plan.Compile...)
	if err := j.tool(ctx, work, vars, filepath.Join(tools, "compile"), append(compile, j.names...)...); err != nil {
		return err
	}
	j.linking = true
	vars = append(vars, j.ix.Plan.LinkEnv...)
	link := append([]string{"-o", "program", "-importcfg", "importcfg.link", "-buildid=" + j.key}, j.ix.Plan.Link...)
	if err := j.tool(ctx, work, vars, filepath.Join(tools, "link"), append(link, "main.a")...); err != nil {
		return err
	}
	return os.Rename(filepath.Join(work, "program"), out)
}

func (j *job) tool(ctx context.Context, dir string, env []string, name string, args ...string) error {
	out, err := tool(ctx, dir, env, name, args...).CombinedOutput()
	if err == nil || ctx.Err() != nil {
		return err
	}
	return &Failed{Diagnostics: Diagnose(string(out), dir), Output: string(out)}
}
