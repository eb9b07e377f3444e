package trouble

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// most is how many diagnostics are shown; further ones mostly follow from these.
const most = 10

var (
	notInStd = regexp.MustCompile(`^(package \S+ is not in std) \(.*\)$`)
	toAdd    = regexp.MustCompile(`(?s); to add( it|.*):?\s+go get .*$`)
)

// Compile reports a cell that the compiler refused: cause, place, source line and remedy of each diagnostic.
func Compile(diags []Diagnostic, look Look) Report {
	diags = look.tidy(diags)
	if len(diags) == 0 {
		value := "the cell was not built, and the compiler did not say why"
		return Report{"CompileError", value, []string{red(value)}}
	}
	first := diags[0]
	value := short(first.Message)
	if cell, ok := cellOf(first.File); ok && first.Line > 0 {
		if cell == look.Cell || look.Cell == 0 {
			cell = 0 // Which cell goes without saying.
		}
		value += fmt.Sprintf(" (%s)", inCell(cell, first.Line))
	}
	var trace []string
	for i, d := range diags[:min(len(diags), most)] {
		if i > 0 {
			trace = append(trace, "")
		}
		trace = append(trace, look.explain(d)...)
	}
	if more := len(diags) - most; more > 0 {
		trace = append(trace, "", dim(fmt.Sprintf("… and %s", count(more, "error", "more"))))
	}
	return Report{"CompileError", value, trace}
}

// tidy is the diagnostics with their messages in plain words, each once. Unused names are left out beside other mistakes, from which they mostly follow.
func (l Look) tidy(diags []Diagnostic) []Diagnostic {
	var causes, unused []Diagnostic
	for _, d := range diags {
		d.Message = toAdd.ReplaceAllString(strings.TrimSpace(d.Message), "")
		d.Message = notInStd.ReplaceAllString(d.Message, "$1")
		d.Message = l.words(d.Message)
		switch {
		case d.Message == "" || d.Message == "too many errors" || slices.Contains(causes, d) || slices.Contains(unused, d):
		case isUnused(d.Message):
			unused = append(unused, d)
		default:
			causes = append(causes, d)
		}
	}
	if len(causes) > 0 {
		return causes
	}
	return unused
}

func isUnused(message string) bool {
	return strings.HasPrefix(message, "declared and not used: ") || strings.HasSuffix(message, " and not used")
}

// explain is what the traceback shows of one diagnostic.
func (l Look) explain(d Diagnostic) []string {
	head, more, _ := strings.Cut(d.Message, "\n")
	trace := []string{red(head)}
	if more != "" {
		trace = append(trace, strings.Split(more, "\n")...)
	}
	if where := l.where(d); where != "" {
		trace = append(trace, dim(where))
	}
	cell, ok := cellOf(d.File)
	var src []string
	if ok {
		src = l.cellLines(cell)
		trace = append(trace, excerpt(src, d.Line, d.Col)...)
	}
	if hint := l.hint(d, src); hint != "" {
		trace = append(trace, hint)
	}
	return trace
}

// count is a number with its noun, which takes an s unless it is one, and what follows: count(2, "error", "more").
func count(n int, noun, after string) string {
	if n != 1 {
		noun += "s"
	}
	if after != "" {
		noun = after + " " + noun
	}
	return fmt.Sprintf("%d %s", n, noun)
}
