package trouble

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

const (
	mostFrames = 20 // shown of the user's own
	mostWords  = 40 // lines shown of a message
)

// opaque is how the runtime prints a panic's value that is no basic type, error or Stringer: its type and an address.
var opaque = regexp.MustCompile(`^\((.+)\) (?:0x[0-9a-f]+|\(0x[0-9a-f]+,0x[0-9a-f]+\))$`)

// remedies are what to do about a program's commonest ends, by how their message begins.
var remedies = []struct{ begins, remedy string }{
	{"assignment to entry in nil map", "A map must be made before something is put in: `m = make(map[K]V)`."},
	{"all goroutines are asleep", "Each goroutine waits for another one: a channel that nobody sends to or receives from, a lock or a WaitGroup that nobody releases."},
	{"concurrent map ", "Goroutines use a map at the same time: guard it by a sync.Mutex."},
	{"stack overflow", "A function calls itself without end."},
	{"fault", "The program touched memory that is not its own, through package unsafe, a mapped file or a C library."},
	{"unexpected signal", "It happened in C code or assembly that the program uses: its last words may stand above."},
	{"SIG", "It happened in C code that the program uses: its last words may stand above."},
}

// Panic reports the end of a Go program that panicked, was stopped by the runtime, or gave up through package must: dump is what it printed on stderr, and rest
// what of that came before its last words. It is not ok if the text ends in nothing of the kind.
func Panic(dump string, look Look) (r Report, rest string, ok bool) {
	start, kind := lastWords(dump)
	if kind == ordinary {
		return Report{}, dump, false
	}
	rest, dump = dump[:start], dump[start:]
	if kind == closing {
		line, _, _ := strings.Cut(dump, "\n")
		line = printable(strings.TrimSpace(line))
		return Report{"error", short(strings.TrimPrefix(line, strings.TrimSpace(failure))), []string{red(line)}}, rest, true
	}
	last := lastMessage(dump)
	name, value, trace := last.report()
	for _, r := range remedies {
		if strings.HasPrefix(value, r.begins) {
			trace = append(trace, r.remedy)
		}
	}
	return Report{name, short(value), append(trace, look.stacks(routines(dump))...)}, rest, true
}

// ending is the message of a dump: the panics, each raised while the one before was under way, and what the runtime says.
type ending struct {
	panics []raised
	fatal  string
}

type raised struct {
	text      string
	recovered bool // A deferred function took it and raised the next.
}

// lastMessage reads what stands in front of the stacks.
func lastMessage(dump string) ending {
	var e ending
	for line := range strings.SplitSeq(dump, "\n") {
		line = strings.TrimRight(line, "\r")
		if heads(line) {
			break
		}
		if text, ok := strings.CutPrefix(strings.TrimPrefix(line, "\t"), "panic: "); ok {
			e.panics = append(e.panics, raised{text: text})
		} else if text, ok := strings.CutPrefix(line, "fatal error: "); ok {
			e.fatal = text
		} else if signalled.MatchString(line) {
			e.fatal = cmp.Or(e.fatal, line)
		} else if text, ok := strings.CutPrefix(line, "\t"); ok && len(e.panics) > 0 {
			e.panics[len(e.panics)-1].text += "\n" + text
		} else if ok && e.fatal != "" {
			e.fatal += "\n" + text
		}
	}
	for i, p := range e.panics {
		for _, mark := range []string{" [recovered]", " [recovered, repanicked]"} {
			if text, ok := strings.CutSuffix(p.text, mark); ok {
				e.panics[i] = raised{text, true}
			}
		}
	}
	return e
}

// report is the message with its chain of panics: a panic that was recovered and raised anew in other words is told by these.
func (e ending) report() (name, value string, trace []string) {
	if len(e.panics) == 0 {
		value = cmp.Or(strings.TrimSpace(printable(e.fatal)), "the Go runtime stopped the program")
		return "fatal error", value, []string{red("fatal error: " + value)}
	}
	main := 0
	for main+1 < len(e.panics) && e.panics[main].recovered {
		main++
	}
	value, remedy := e.panics[main].words()
	trace = []string{red("panic: " + bounded(value))}
	if remedy != "" {
		trace = append(trace, remedy)
	}
	for i, p := range e.panics {
		text, _ := p.words()
		switch {
		case i < main && text != value:
			trace = append(trace, "raised by a deferred call that recovered from: "+bounded(text))
		case i > main && text != value:
			trace = append(trace, "and then, in a deferred call: "+bounded(text))
		}
	}
	if e.fatal != "" {
		trace = append(trace, "and then: fatal error: "+bounded(printable(e.fatal)))
	}
	return "panic", value, trace
}

// words is the value of a panic, and what to do where the runtime could not print it.
func (p raised) words() (text, remedy string) {
	text = strings.TrimSpace(printable(p.text))
	m := opaque.FindStringSubmatch(text)
	if m == nil {
		return cmp.Or(text, "(no message)"), ""
	}
	kind := strings.ReplaceAll(m[1], "main.", "")
	return "a value of type " + kind, fmt.Sprintf("The runtime does not print such a value: give %s an Error or String method to see what it holds.", kind)
}

// bounded is a message of not too many lines, nor too long ones.
func bounded(text string) string {
	lines := strings.Split(text, "\n")
	if len(lines) > mostWords {
		lines = append(lines[:mostWords:mostWords], fmt.Sprintf("… and %s", count(len(lines)-mostWords, "line", "more")))
	}
	for i, line := range lines {
		if runes := []rune(line); len(runes) > 2000 {
			lines[i] = string(runes[:2000]) + "…"
		}
	}
	return strings.Join(lines, "\n")
}

// stacks is the user's own frames of the goroutine that failed, those of the module, and the rest in a line or two.
func (l Look) stacks(all []routine) []string {
	if len(all) == 0 {
		return nil
	}
	failed := 0
	for i, r := range all {
		if r.id != "" && r.id != "0" && (l.own(r) || i == 0) { // The first is that of the failure, but for the runtime's own.
			failed = i
			break
		}
	}
	others := 0
	for i, r := range all {
		if i != failed && slices.ContainsFunc(r.frames, func(f frame) bool { return f.family() != "runtime" }) {
			others++
		}
	}
	trace := l.frames(all[failed])
	if others > 0 {
		trace = append(trace, dim("… "+count(others, "goroutine", "other")))
	}
	return trace
}

// own tells whether a goroutine passed through a cell or the module.
func (l Look) own(r routine) bool {
	return slices.ContainsFunc(r.frames, func(f frame) bool {
		_, cell := cellOf(f.file)
		_, module := l.inModule(f.file)
		return cell || module
	})
}

// frames is what the traceback shows of a stack: each place once, innermost first, with its source line if it is in a cell.
func (l Look) frames(r routine) []string {
	times := map[frame]int{}
	for _, f := range r.frames {
		times[f]++
	}
	var cells, module []frame
	folded, families := 0, map[string]int{}
	shown := map[frame]bool{}
	for _, f := range r.frames {
		_, cell := cellOf(f.file)
		_, own := l.inModule(f.file)
		known := frame{f.says(), f.file, f.line, f.started} // Literals within one another read the same.
		switch {
		case shown[known]:
		case cell && len(cells) < mostFrames:
			cells, shown[known] = append(cells, f), true
		case own && len(module) < mostFrames:
			module, shown[known] = append(module, f), true
		default:
			folded++
			families[f.family()]++
		}
	}
	var trace []string
	for _, f := range append(cells, module...) {
		again := ""
		if n := times[f]; n > 1 {
			again = fmt.Sprintf(" (%d times)", n)
		}
		cell, ok := cellOf(f.file)
		if !ok {
			trace = append(trace, dim(printable(fmt.Sprintf("%s:%d, in %s%s", l.place(f.file), f.line, f.says(), again))))
			continue
		}
		trace = append(trace, dim(printable(fmt.Sprintf("%s, in %s%s", inCell(cell, f.line), f.says(), again))))
		trace = append(trace, excerpt(l.cellLines(cell), f.line, 0)...)
	}
	if folded > families["runtime"] { // Every stack has frames of the runtime, and nobody misses them.
		trace = append(trace, dim(printable(fmt.Sprintf("… %s%s", count(folded, "frame", ""), of(families)))))
	}
	if r.elided > 0 {
		trace = append(trace, dim("… "+count(r.elided, "frame", "more")))
	}
	return trace
}

// of is " of runtime, reflect and gomlx": those with the most frames first, at most four. The generated part of package main is left out.
func of(families map[string]int) string {
	delete(families, "main")
	names := slices.SortedFunc(maps.Keys(families), func(a, b string) int {
		return cmp.Or(cmp.Compare(families[b], families[a]), strings.Compare(a, b))
	})
	switch {
	case len(names) == 0:
		return ""
	case len(names) == 1:
		return " of " + names[0]
	case len(names) > 4:
		return " of " + strings.Join(names[:3], ", ") + " and others"
	}
	return " of " + strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
