// Package trouble turns what went wrong in a cell into the error that its reader sees: a compiler's diagnostics, the dump of a panic, an exit status.
//
// The first line says what is the matter, then comes the place in the cell with its source line, then the remedy where one is known. Temporary folders and
// frames of other people's packages are left out. Colours are two, so that a report reads well on light and dark pages, and as plain text.
package trouble

import (
	"fmt"
	"strings"
	"unicode"
)

// Report is what Jupyter's error message holds: ename, evalue and the lines of the traceback, which carry ANSI colours.
type Report struct {
	Name, Value string
	Traceback   []string
}

// Diagnostic is one complaint of the compiler. Positions in cells have a file named Cell[3]; Line and Col (in bytes) count from 1, 0 is unknown.
type Diagnostic struct {
	File      string
	Line, Col int
	Message   string
}

// Look is what a report may ask of its surroundings. Every field may be left zero: the report then says less.
type Look struct {
	Cell         int                                      // the cell that was executed
	Root, Module string                                   // folder and path of the module that cells belong to
	Lines        func(cell int) []string                  // source of a cell
	Body         func(name string) (cell int, ok bool)    // the cell whose statements declared a name last
	Names        func() []string                          // names that the cell can use
	Exported     func(pkg string) (names []string)        // what a package offers, by the name or path that the cell knows it by
	Named        func(name string) (importPaths []string) // packages with this name, best first
	Exporting    func(name string) (importPaths []string) // packages that export this name, best first
	Paths        func() []string                          // every import path that resolves
}

// cellLines is the source of a cell, nil when unknown.
func (l Look) cellLines(cell int) []string {
	if l.Lines == nil {
		return nil
	}
	return l.Lines(cell)
}

// ask calls a question of Look that may not be there.
func ask(question func(string) []string, about string) []string {
	if question == nil {
		return nil
	}
	return question(about)
}

// list calls a list of Look that may not be there.
func list(of func() []string) []string {
	if of == nil {
		return nil
	}
	return of()
}

const (
	redBold = "\x1b[1;31m"
	dimmed  = "\x1b[2m"
	plain   = "\x1b[0m"
)

// red colours what is the matter. Lines are coloured each by itself since front ends show them apart.
func red(text string) string { return coloured(redBold, text) }

// dim colours places and frames.
func dim(text string) string { return coloured(dimmed, text) }

func coloured(colour, text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if line != "" {
			lines[i] = colour + line + plain
		}
	}
	return strings.Join(lines, "\n")
}

// printable is text without what would move a cursor or change a colour: only tabs and line ends are left of the control characters.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' && r != '\n' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
}

// short is the first line of text, at most 300 characters of it: what fits an evalue.
func short(text string) string {
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	if runes := []rune(text); len(runes) > 300 {
		text = string(runes[:300]) + "…"
	}
	return strings.TrimSpace(text)
}

// Syntax reports a cell that does not parse. Line and col count from 1 in src.
func Syntax(line, col int, msg string, src []string) Report {
	msg = printable(strings.TrimSpace(msg))
	value := short(msg)
	trace := []string{red(msg)}
	if line > 0 {
		value += fmt.Sprintf(" (line %d)", line)
		where := fmt.Sprintf("line %d", line)
		if col > 0 {
			where += fmt.Sprintf(", column %d", col)
		}
		trace = append(append(trace, dim(where)), excerpt(src, line, col)...)
	}
	return Report{"SyntaxError", value, trace}
}
