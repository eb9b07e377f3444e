package trouble

import (
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// frame is one call on a goroutine's stack.
type frame struct {
	function string // github.com/a/b.(*T).Method.func1, without arguments
	file     string
	line     int
	started  bool // it is where the goroutine was started
}

// routine is one goroutine of a dump, innermost frame first.
type routine struct {
	id     string // "" for the runtime's own stack
	frames []frame
	elided int // frames that the runtime left out
}

var (
	fileLine = regexp.MustCompile(`^\t(.+):(\d+)(?: \+0x[0-9a-f]+.*)?$`)
	left     = regexp.MustCompile(`^\.\.\.(\d+|additional) frames elided\.\.\.$`)
	// What the compiler calls function literals and the wrappers of go and defer statements: f.func2.1, f.gowrap1, f-range1, glob..func1.
	literal = regexp.MustCompile(`(?:[.-](?:func\d+|gowrap\d+|deferwrap\d+|range\d+|\d+))+$`)
	// A path whose last part has a dot of its own.
	versioned = regexp.MustCompile(`^gopkg\.in/(?:[\w-]+/)?[\w-]+\.v\d+`)
)

// routines parses the stacks of a dump. Lines that it does not know are passed over.
func routines(dump string) []routine {
	var all []routine
	var function string
	var started bool
	for line := range strings.SplitSeq(dump, "\n") {
		line = strings.TrimRight(line, "\r")
		if m := goroutine.FindStringSubmatch(line); m != nil {
			all, function = append(all, routine{id: m[1]}), ""
			continue
		}
		if line == "runtime stack:" {
			all, function = append(all, routine{}), ""
			continue
		}
		if len(all) == 0 {
			continue
		}
		last := &all[len(all)-1]
		if m := left.FindStringSubmatch(line); m != nil {
			n, _ := strconv.Atoi(m[1]) // 0 for "additional": nobody knows how many.
			last.elided += n
			continue
		}
		if m := fileLine.FindStringSubmatch(line); m != nil && function != "" {
			n, _ := strconv.Atoi(m[2])
			last.frames = append(last.frames, frame{function, m[1], n, started})
			function = ""
			continue
		}
		function, started = called(line)
	}
	return all
}

// called is the function of a stack's line, "" if it has none; started that the line tells where the goroutine was started.
func called(line string) (function string, started bool) {
	if by, ok := strings.CutPrefix(line, "created by "); ok {
		by, _, _ = strings.Cut(by, " in goroutine ")
		return symbol(by), true
	}
	if strings.HasPrefix(line, "\t") || !strings.HasSuffix(line, ")") {
		return "", false
	}
	// The arguments are the last pair of parentheses: main.(*T).M({0x1, 0x2}).
	depth := 0
	for i := len(line) - 1; i > 0; i-- {
		switch line[i] {
		case ')':
			depth++
		case '(':
			if depth--; depth == 0 {
				return symbol(line[:i]), false
			}
		}
	}
	return "", false
}

// symbol undoes the linker's writing of dots in the last part of an import path: gopkg.in/yaml%2ev3.
func symbol(name string) string {
	return strings.ReplaceAll(name, "%2e", ".")
}

// pkg is the import path of the frame's function, or the whole name where that has none, as panic has.
func (f frame) pkg() string {
	slash := strings.LastIndex(f.function, "/") + 1
	if p := versioned.FindString(f.function); p != "" {
		return p
	}
	dot := strings.IndexByte(f.function[slash:], '.')
	if dot < 0 {
		return f.function
	}
	return f.function[:slash+dot]
}

// family is the word under which the frame is folded: a module's name, a package of the standard library.
func (f frame) family() string {
	p := f.pkg()
	switch parts := strings.Split(p, "/"); {
	case p == "panic" || strings.HasPrefix(p, "internal/runtime/") || strings.HasPrefix(p, "runtime/"):
		return "runtime"
	case strings.Contains(parts[0], ".") && len(parts) > 2: // github.com/a/b/c, gonum.org/v1/gonum/mat
		return parts[2]
	case strings.Contains(parts[0], "."):
		return path.Base(p)
	}
	return p
}

// says is the frame's function in the words of a reader of cells.
func (f frame) says() string {
	name := strings.TrimPrefix(strings.TrimPrefix(f.function, f.pkg()), ".")
	name = strings.ReplaceAll(name, "[...]", "")
	outer := literal.ReplaceAllString(name, "")
	if f.pkg() != "main" {
		return path.Base(f.pkg()) + "." + name
	}
	switch {
	case outer == "main":
		outer = "the cell's body"
	case outer == "init" || strings.HasPrefix(outer, "init.") || outer == "glob.":
		outer = "what is run at the start"
	}
	switch {
	case f.started:
		return fmt.Sprintf("the go statement of %s", outer)
	case literal.MatchString(name):
		return fmt.Sprintf("a func literal in %s", outer)
	}
	return outer
}
