package trouble

import (
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

var (
	// A cell's file; one that is executed silently has no number.
	cellName = regexp.MustCompile(`(?:^|[/\\])Cell(?:\[(\d+)\])?$`)
	// A position in a cell as it stands within a message; the compiler adds the generated file's in brackets.
	cellPlace = regexp.MustCompile(`(?:[^\s("'\[]*[/\\])?\bCell(?:\[(\d+)\])?:(\d+)(?::\d+)?(?:\[[^\]\s]*\])?`)
	// What has a slash in it: a file, or an import path, which has no line after it and is left alone.
	slashed   = regexp.MustCompile(`[^\s("'\[,;]*[/\\][^\s:)"'\],;]*`)
	temporary = regexp.MustCompile(`gonb_[0-9a-zA-Z]+`)
	modCache  = regexp.MustCompile(`^.*/pkg/mod/(?:cache/download/)?([^/]+\.[^/]+/.*)$`)
	goSource  = regexp.MustCompile(`^/.*/(?:go|golang|go[-@]?[0-9.]+[^/]*|toolchain@[^/]*)/src/(.*)$`)
	// The full path of a type's package, which hides the type's name: github.com/a/b/graph.Node.
	longType = regexp.MustCompile(`(?:[\w.~-]+/)+([\w-]+\.[A-Z]\w*)`)
)

// cellOf is the number of the cell that a file name stands for, 0 for one without a number.
func cellOf(file string) (cell int, ok bool) {
	m := cellName.FindStringSubmatch(file)
	if m == nil {
		return 0, false
	}
	if m[1] == "" {
		return 0, true
	}
	cell, err := strconv.Atoi(m[1])
	return cell, err == nil
}

// inCell is a line of a cell in words.
func inCell(cell, line int) string {
	if cell == 0 {
		return fmt.Sprintf("line %d", line)
	}
	return fmt.Sprintf("Cell[%d], line %d", cell, line)
}

// inModule is the file relative to the module's root, if it is one of the module's. Programs built with -trimpath name it by the module's path.
func (l Look) inModule(file string) (string, bool) {
	file = filepath.ToSlash(file)
	if l.Module != "" {
		if rest, ok := strings.CutPrefix(file, l.Module+"/"); ok {
			return rest, true
		}
	}
	if root := strings.TrimSuffix(filepath.ToSlash(l.Root), "/"); root != "" {
		if rest, ok := strings.CutPrefix(file, root+"/"); ok {
			return rest, true
		}
	}
	return "", false
}

// place is a file as a reader knows it: relative to the module, a module's path and version, the standard library's path; of a temporary file the name.
func (l Look) place(file string) string {
	file = printable(filepath.ToSlash(file))
	if rest, ok := l.inModule(file); ok {
		return rest
	}
	if m := modCache.FindStringSubmatch(file); m != nil {
		return m[1]
	}
	if m := goSource.FindStringSubmatch(file); m != nil {
		return m[1]
	}
	if temporary.MatchString(file) {
		return path.Base(temporary.ReplaceAllString(file, "."))
	}
	return strings.TrimPrefix(file, "./")
}

// where is a diagnostic's place in words, empty if it has none.
func (l Look) where(d Diagnostic) string {
	cell, ok := cellOf(d.File)
	switch {
	case ok && d.Line > 0 && d.Col > 0:
		return fmt.Sprintf("%s, column %d", inCell(cell, d.Line), d.Col)
	case ok && d.Line > 0:
		return inCell(cell, d.Line)
	case ok && cell > 0:
		return fmt.Sprintf("Cell[%d]", cell)
	case ok || d.File == "" || l.place(d.File) == ".":
		return ""
	case d.Line > 0:
		return fmt.Sprintf("%s:%d", l.place(d.File), d.Line)
	}
	return l.place(d.File)
}

// words is a compiler's message without what only its machinery knows: headers, temporary folders, full paths of types.
func (l Look) words(message string) string {
	var lines []string
	for line := range strings.SplitSeq(printable(message), "\n") {
		line = strings.TrimRight(line, " \t")
		bare := strings.TrimSpace(line)
		if bare == "" || strings.HasPrefix(bare, "# ") || strings.HasPrefix(bare, "exit status ") {
			continue
		}
		line = cellPlace.ReplaceAllStringFunc(line, func(place string) string {
			m := cellPlace.FindStringSubmatch(place)
			cell, _ := strconv.Atoi(m[1])
			at, _ := strconv.Atoi(m[2])
			return inCell(cell, at)
		})
		line = slashed.ReplaceAllStringFunc(line, func(word string) string {
			if filepath.IsAbs(word) || strings.HasPrefix(word, ".") || temporary.MatchString(word) {
				return l.place(word)
			}
			return word // An import path.
		})
		line = temporary.ReplaceAllString(longType.ReplaceAllString(line, "$1"), "")
		if strings.TrimSpace(line) == "" {
			continue
		}
		// Go indents the lines that go on by tabs, which are wide in a browser.
		rest := strings.TrimLeft(line, "\t")
		lines = append(lines, strings.Repeat("    ", min(len(line)-len(rest), 2))+rest)
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
