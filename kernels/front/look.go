package front

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/curious-go/curious/kernels/build"
	"github.com/curious-go/curious/kernels/cell"
	"github.com/curious-go/curious/kernels/trouble"
	"github.com/curious-go/curious/kernels/wire"
)

// look is what a report on this cell's trouble may ask.
func (ex *execution) look() trouble.Look {
	f := ex.front
	f.mu.Lock()
	bodies := f.memory.BodyNames()
	f.mu.Unlock()
	return trouble.Look{
		Cell: ex.count, Root: f.Root, Module: f.Module,
		Lines: f.lines,
		Body: func(name string) (int, bool) {
			n, ok := bodies[name]
			return n, ok && n != ex.count
		},
		Names:     ex.names,
		Exported:  f.exported,
		Named:     func(name string) []string { return paths(f.builder.Named(name)) },
		Exporting: f.exporting,
		Paths: func() (all []string) {
			for _, p := range f.builder.Packages() {
				all = append(all, p.Path)
			}
			return all
		},
	}
}

// remembered are so many cells' sources, for excerpts in reports.
const remembered = 2000

// keepSource remembers a cell's source under its count, and the count under the tag that stands for it in programs.
func (f *Front) keepSource(count int, source string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sources[count] = source
	f.counts[tagOf(source)] = count
	if old, ok := f.sources[count-remembered]; ok {
		delete(f.sources, count-remembered)
		if tag := tagOf(old); f.counts[tag] == count-remembered {
			delete(f.counts, tag)
		}
	}
}

// tagOf is a number of eighteen digits that stands for a cell in its program, where its count would make another program of the same cell run again.
func tagOf(source string) string {
	sum := sha256.Sum256([]byte(source))
	return strconv.FormatUint(1e17+binary.LittleEndian.Uint64(sum[:])%9e17, 10)
}

var (
	counted = regexp.MustCompile(`((?://|/\*)line Cell\[)(\d+)\]`)
	tagged  = regexp.MustCompile(`Cell\[(\d{18})\]`)
)

// withTags is a program in which cells are known by their tags.
func (f *Front) withTags(program []byte) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return counted.ReplaceAllFunc(program, func(line []byte) []byte {
		m := counted.FindSubmatch(line)
		count, err := strconv.Atoi(string(m[2]))
		source, ok := f.sources[count]
		if err != nil || !ok {
			return line
		}
		return fmt.Appendf(nil, "%s%s]", m[1], tagOf(source))
	})
}

// withCounts is a text of a program or of the compiler in which cells are known by the numbers that their readers see.
func (f *Front) withCounts(text string) string {
	if !strings.Contains(text, "Cell[") {
		return text
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return tagged.ReplaceAllStringFunc(text, func(name string) string {
		if count, ok := f.counts[name[len("Cell["):len(name)-1]]; ok {
			return cell.FileName(count)
		}
		return name
	})
}

func (f *Front) lines(count int) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	source, ok := f.sources[count]
	if !ok {
		return nil
	}
	return strings.Split(source, "\n")
}

// names are the names that a cell can use at its top level.
func (ex *execution) names() []string {
	all := map[string]bool{}
	if ex.memory != nil {
		for _, d := range ex.memory.Definitions() {
			all[d.Key] = true
		}
	}
	if ex.cell != nil {
		for _, c := range ex.cell.Chunks {
			for _, n := range c.Names {
				all[n] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// exported are the names that a package offers, which the cell knows by its name or path.
func (f *Front) exported(pkg string) []string {
	path := pkg
	if _, ok := f.builder.Package(path); !ok {
		named := f.builder.Named(pkg)
		if len(named) == 0 {
			return nil
		}
		path = named[0].Path
	}
	types, err := f.builder.Import(path)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(types.Scope().Names(), func(name string) bool { return !types.Scope().Lookup(name).Exported() })
}

// exporting are the module's own packages that export a name.
func (f *Front) exporting(name string) (found []string) {
	for _, p := range f.builder.Packages() {
		if p.Local && slices.Contains(f.exported(p.Path), name) {
			found = append(found, p.Path)
		}
	}
	return found
}

func paths(packages []*build.Package) (all []string) {
	for _, p := range packages {
		all = append(all, p.Path)
	}
	return all
}

// shortID tells executions apart within a session.
func shortID(m *wire.Message) string {
	id := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, m.Header.ID)
	if len(id) > 12 { // jupyter_client counts up at the end
		id = id[:4] + id[len(id)-8:]
	}
	return id
}

func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

func unmarshal(text []byte, into any) error {
	if len(text) == 0 {
		return nil
	}
	return json.Unmarshal(text, into)
}

// definitions is a Go file of what the cells that ran have defined, for the assistant.
func (f *Front) definitions() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	text, _ := liveText(f.memory, func(d cell.Definition) string {
		return fmt.Sprintf("//line %s:%d:%d\n", cell.FileName(d.Cell), d.Line, d.Col)
	})
	return "package main\n" + text
}

// liveText is what lives as Go text, with a heading before each definition; a block that declares several names stands in it once. n counts the definitions.
func liveText(m *cell.Memory, heading func(cell.Definition) string) (text string, n int) {
	var b strings.Builder
	for _, i := range m.Imports() {
		fmt.Fprintf(&b, "import %s %q\n", i.Name, i.Path)
	}
	type place struct{ cell, line, col int }
	seen := map[place]bool{}
	for _, d := range m.Definitions() {
		if at := (place{d.Cell, d.Line, d.Col}); !seen[at] && d.Kind != cell.Import {
			seen[at] = true
			n++
			b.WriteString(heading(d) + d.Source + "\n")
		}
	}
	return b.String(), n
}

// ModuleOf is the path of the module in a folder, "" when there is none.
func ModuleOf(root string) string {
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if path, ok := strings.CutPrefix(strings.TrimSpace(line), "module "); ok {
			return strings.Trim(strings.TrimSpace(path), `"`)
		}
	}
	return ""
}
