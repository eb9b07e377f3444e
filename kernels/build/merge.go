package build

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// goDirs are the folders below the modules' that hold Go files.
func goDirs(roots []string) (dirs []string) {
	for _, root := range roots {
		_ = filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
			if err != nil { // a root that is gone has no entry at all
				return nil
			}
			name := d.Name()
			switch {
			case d.IsDir() && path != root && (name[0] == '.' || name[0] == '_' || name == "testdata" || name == "node_modules"):
				return filepath.SkipDir
			case strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go"):
				if dir := filepath.Dir(path); len(dirs) == 0 || dirs[len(dirs)-1] != dir {
					dirs = append(dirs, dir)
				}
			}
			return nil
		})
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

// directModules are the modules that those in the given folders require themselves.
func directModules(dirs []string) map[string]bool {
	direct := map[string]bool{}
	for _, dir := range dirs {
		text, _ := os.ReadFile(filepath.Join(dir, "go.mod"))
		for _, d := range directives(string(text)) {
			if d[0] == "require" && d[len(d)-1] != "// indirect" {
				direct[d[1]] = true
			}
		}
	}
	return direct
}

// merge is the index with packages put in that were listed after start. A local package that depends on one that was compiled anew and is not in the list is not trusted any more.
func (ix *index) merge(all []listed, direct map[string]bool, start time.Time) *index {
	next := *ix
	next.Packages = maps.Clone(ix.Packages)
	next.Mods = maps.Clone(ix.Mods)
	if next.Mods == nil {
		next.Mods = map[string]string{}
	}
	changed := map[string]bool{}
	fresh := map[string]bool{}
	for _, l := range all {
		if l.Error != nil && l.Dir == "" { // there is no such package, not any more
			if next.Packages[l.ImportPath] != nil {
				delete(next.Packages, l.ImportPath)
				changed[l.ImportPath] = true
			}
			continue
		}
		e := ix.entry(l, direct, start)
		if e.Local && e.Module != nil && !e.Module.Main {
			next.Mods[e.Module.GoMod] = stamp(e.Module.GoMod)
		}
		old := ix.Packages[e.Path]
		fresh[e.Path] = true
		if old != nil && old.Export != "" && old.Export != e.Export {
			changed[e.Path] = true
		}
		next.Packages[e.Path] = e
	}
	if len(changed) == 0 {
		return &next
	}
	next.epoch = ix.epoch + 1
	for path, e := range next.Packages {
		if e.Local && !fresh[path] && slices.ContainsFunc(next.closure(path), func(p *entry) bool { return changed[p.Path] }) {
			doubted := *e
			doubted.Print = ""
			next.Packages[path] = &doubted
		}
	}
	return &next
}

// entry is what the index keeps of a package that was listed after start.
func (ix *index) entry(l listed, direct map[string]bool, start time.Time) *entry {
	p := &Package{Path: l.ImportPath, Name: l.Name, Dir: l.Dir, Export: l.Export, Standard: l.Standard, GoFiles: append(l.GoFiles, l.CgoFiles...)}
	for _, path := range l.Imports {
		if to, ok := l.ImportMap[path]; ok {
			path = to
		}
		if path != "C" {
			p.Imports = append(p.Imports, path)
		}
	}
	if len(l.CgoFiles) > 0 { // what the go command puts in for them
		p.Imports = append(p.Imports, "runtime/cgo", "syscall")
	}
	if l.Error != nil {
		p.Error, p.Export = strings.TrimSpace(l.Error.Err), ""
	}
	e := &entry{Package: p, Embeds: l.EmbedPatterns, Module: l.Module, Rank: 3}
	p.Local = !l.Standard && !within(l.Dir, ix.Vars["GOMODCACHE"])
	if p.Local {
		if text, newest := fingerprint(l.Dir, l.EmbedPatterns); newest.Before(start.Add(-doubt)) {
			e.Print = text
		}
	}
	switch {
	case l.Standard:
		e.Rank = 0
	case l.Module != nil && l.Module.Main:
		e.Rank = 1
	case l.Module != nil && direct[l.Module.Path]:
		e.Rank = 2
	}
	return e
}

func within(file, dir string) bool {
	return dir != "" && strings.HasPrefix(file, dir+string(filepath.Separator))
}
