package trouble

import (
	"fmt"
	"go/types"
	"path"
	"regexp"
	"slices"
	"strings"
)

var (
	undefined   = regexp.MustCompile(`^undefined: (\w+)$`)
	unknownIn   = regexp.MustCompile(`^undefined: (\w+)\.(\w+)`)
	notExported = regexp.MustCompile(`^name (\w+) not exported by package (\S+)`)
	noPackage   = regexp.MustCompile(`^(?:package (\S+) is not in std|(?:no required module provides|cannot find module providing|cannot find) package "?([^\s":;]+)|` +
		`could not import (\S+) \(|module \S+ .*does not contain package (\S+))`)
	afterDot     = regexp.MustCompile(`^\.(\w*)`)
	unused       = regexp.MustCompile(`^declared and not used: (\w+)`)
	unusedImport = regexp.MustCompile(`^"([^"]+)" imported (?:as \w+ )?and not used`)
)

// elsewhere are names that other languages have for what Go calls differently.
var elsewhere = map[string]string{"None": "nil", "null": "nil", "NULL": "nil", "nullptr": "nil", "True": "true", "False": "false"}

// hint is the remedy for a diagnostic in a sentence, or "". The source is that of the diagnostic's cell.
func (l Look) hint(d Diagnostic, src []string) string {
	head, _, _ := strings.Cut(d.Message, "\n")
	if m := undefined.FindStringSubmatch(head); m != nil {
		selected, member := selects(src, d, m[1])
		return l.hintName(m[1], selected, member)
	}
	if m := unknownIn.FindStringSubmatch(head); m != nil && !strings.Contains(head, "(but have ") {
		return l.hintMember(m[1], m[2])
	}
	if m := notExported.FindStringSubmatch(head); m != nil {
		return l.hintMember(strings.Trim(m[2], `"`), m[1])
	}
	if m := noPackage.FindStringSubmatch(head); m != nil {
		return l.hintImport(m[1] + m[2] + m[3] + m[4]) // One of them is not empty.
	}
	if m := unused.FindStringSubmatch(head); m != nil {
		return fmt.Sprintf("Use it, or write `_ = %s`.", m[1])
	}
	if m := unusedImport.FindStringSubmatch(head); m != nil {
		return fmt.Sprintf("Remove the import, or keep it for what it does when it is loaded: `import _ %q`.", m[1])
	}
	return ""
}

// selects tells whether the name at the diagnostic's place is followed by a dot, as a package's is, and what follows the dot. Without the source there may be one.
func selects(src []string, d Diagnostic, name string) (selected bool, member string) {
	if d.Line < 1 || d.Line > len(src) || d.Col < 1 || d.Col > len(src[d.Line-1]) {
		return true, ""
	}
	rest, found := strings.CutPrefix(src[d.Line-1][d.Col-1:], name)
	if !found {
		return true, ""
	}
	if m := afterDot.FindStringSubmatch(rest); m != nil {
		return true, m[1]
	}
	return false, ""
}

// hintName is about a name that stands for nothing; selected says that a member of it was asked for, which may be known.
func (l Look) hintName(name string, selected bool, member string) string {
	if l.Body != nil {
		if cell, ok := l.Body(name); ok {
			return fmt.Sprintf("%s was declared in the body of Cell[%d], and what a body declares ends with its cell. "+
				"Declare it in front of the statements with `var %s = …` to share it, or open it again here.", name, cell, name)
		}
	}
	if selected {
		if paths := ask(l.Named, name); len(paths) > 0 {
			says := fmt.Sprintf("%s is a package: %s.", name, imports(paths))
			if known := ask(l.Exported, paths[0]); member != "" && len(known) > 0 && !slices.Contains(known, member) {
				says += fmt.Sprintf(" But it has no %s.", member)
			}
			return says
		}
	}
	if word := elsewhere[name]; word != "" {
		return fmt.Sprintf("Go calls it %s.", word)
	}
	if near := nearest(name, list(l.Names)); near != "" {
		return fmt.Sprintf("Did you mean %s?", near)
	}
	if selected {
		if near := l.nearPackage(name); near != "" {
			return fmt.Sprintf("Did you mean %s, package %q?", path.Base(near), near)
		}
	}
	if paths := ask(l.Exporting, name); len(paths) > 0 {
		return fmt.Sprintf("Did you mean %s.%s of package %q?", path.Base(paths[0]), name, paths[0])
	}
	if near := nearest(name, types.Universe.Names()); near != "" {
		return fmt.Sprintf("Did you mean %s?", near)
	}
	return ""
}

// nearPackage is the import path of the package whose name comes nearest to a misspelt one, or "".
func (l Look) nearPackage(name string) string {
	var names []string
	for _, p := range list(l.Paths) {
		names = append(names, path.Base(p))
	}
	near := nearest(name, names)
	if paths := ask(l.Named, near); near != "" && len(paths) > 0 {
		return paths[0]
	}
	return ""
}

// hintMember is about a name that a package does not offer. The package has a name or a path.
func (l Look) hintMember(pkg, name string) string {
	if near := nearest(name, ask(l.Exported, pkg)); near != "" {
		return fmt.Sprintf("Did you mean %s.%s?", path.Base(pkg), near)
	}
	// Another package of the same name may have been meant: crypto/rand for math/rand.
	if paths := ask(l.Exporting, name); len(paths) > 0 {
		return fmt.Sprintf("%s is in package %q.", name, paths[0])
	}
	return ""
}

// hintImport is about an import path that resolves to nothing.
func (l Look) hintImport(missing string) string {
	missing = strings.Trim(missing, `"'`)
	var similar []string
	for _, p := range ask(l.Named, path.Base(missing)) {
		if p != missing {
			similar = append(similar, p)
		}
	}
	if len(similar) == 0 {
		if near := nearest(missing, list(l.Paths)); near != "" {
			similar = []string{near}
		}
	}
	host, _, _ := strings.Cut(missing, "/")
	fetch := ""
	if strings.Contains(host, ".") {
		fetch = fmt.Sprintf("`!*go get %s` fetches it from the network.", missing)
	}
	switch {
	case len(similar) == 0 && fetch == "":
		return "The standard library has no such package; other packages' paths begin with a host, as in github.com/…"
	case len(similar) == 0:
		return fetch
	case fetch == "":
		return fmt.Sprintf("Did you mean %s?", quoted(similar))
	}
	return fmt.Sprintf("Did you mean %s? If not, %s", quoted(similar), fetch)
}

// imports says how to import the first of the paths, and which others there are.
func imports(paths []string) string {
	says := fmt.Sprintf("add `import %q`", paths[0])
	if len(paths) > 1 {
		says += fmt.Sprintf(" (or %s)", quoted(paths[1:]))
	}
	return says
}

// quoted is at most three of the paths.
func quoted(paths []string) string {
	var shown []string
	for _, p := range paths[:min(len(paths), 3)] {
		shown = append(shown, fmt.Sprintf("%q", p))
	}
	return strings.Join(shown, " or ")
}
