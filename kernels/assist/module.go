package assist

import (
	"go/build"
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

// module is what a go.mod says about where packages stand.
type module struct {
	path string
	root string
	dirs map[string]string // of the modules it requires

	direct []string // those that it imports from itself
}

// readModule reads the go.mod of a folder. Without one there is no module, and only the standard library is known.
func readModule(root string) module {
	m := module{root: root, dirs: map[string]string{}}
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if root == "" || err != nil {
		return m
	}
	block := ""
	for line := range strings.Lines(string(text)) {
		line, note, _ := strings.Cut(line, "//")
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case words[0] == ")":
			block = ""
		case len(words) == 2 && words[1] == "(":
			block = words[0]
		case block != "":
			m.directive(block, words, note)
		default:
			m.directive(words[0], words[1:], note)
		}
	}
	return m
}

func (m *module) directive(verb string, words []string, note string) {
	for i, w := range words {
		words[i] = strings.Trim(w, "\"`")
	}
	switch {
	case verb == "module" && len(words) == 1:
		m.path = words[0]
	case verb == "require" && len(words) == 2:
		m.dirs[words[0]] = cached(words[0], words[1])
		if strings.TrimSpace(note) != "indirect" {
			m.direct = append(m.direct, words[0])
		}
	case verb == "replace":
		for i, w := range words {
			if w != "=>" || i == 0 {
				continue
			}
			switch to := words[i+1:]; len(to) {
			case 1:
				dir := to[0]
				if !filepath.IsAbs(dir) {
					dir = filepath.Join(m.root, dir)
				}
				m.dirs[words[0]] = dir
			case 2:
				m.dirs[words[0]] = cached(to[0], to[1])
			}
		}
	}
}

// cached is where the module cache keeps a version of a module.
func cached(path, version string) string {
	dir := os.Getenv("GOMODCACHE")
	if dir == "" {
		dir = filepath.Join(filepath.SplitList(build.Default.GOPATH + string(filepath.ListSeparator))[0], "pkg", "mod")
	}
	return filepath.Join(dir, filepath.FromSlash(escaped(path)+"@"+escaped(version)))
}

// escaped is a path as the module cache writes it: capitals as ! and the small letter.
func escaped(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsUpper(r) {
			b.WriteByte('!')
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// owns is whether a package is one of the module's own.
func (m module) owns(importPath string) bool {
	return m.path != "" && (importPath == m.path || strings.HasPrefix(importPath, m.path+"/"))
}

// dir is the folder of a package of the module or of one that it requires, or "".
func (m module) dir(importPath string) string {
	if m.owns(importPath) {
		return existing(m.root, strings.TrimPrefix(importPath, m.path))
	}
	for parent := importPath; parent != ""; {
		if dir, ok := m.dirs[parent]; ok {
			return existing(dir, strings.TrimPrefix(importPath, parent))
		}
		i := strings.LastIndexByte(parent, '/')
		parent = parent[:max(i, 0)]
	}
	return ""
}

func existing(dir, rest string) string {
	dir = filepath.Join(dir, filepath.FromSlash(rest))
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return ""
	}
	return dir
}
