package cell

import "strings"

// probes are ways to go on behind unfinished text. The parser blames some of it before its end, a, b for one: it is wrong only if no probe moves the mistake.
var probes = []string{" x", " = x", " := x", " {", " {}", "()", " x]", " x)", "; x {", " x := range y {"}

// Complete is what a console needs to know on Enter: "complete"; "incomplete" with what the next line should start with; or "invalid" if nothing typed behind the
// text can make it right. A %% without a statement, and a cell for another language, go on until an empty line.
func Complete(source string) (status, indent string) {
	s := cut(source)
	if s.c.Magic != "" {
		return unless(emptyLine(source))
	}
	s.check()
	found := s.err
	s.place()
	switch {
	case s.err != found:
		return "invalid", ""
	case s.unending:
		return "incomplete", ""
	case s.err == nil:
		return unless(s.body < 0 || emptyLine(source) || s.runs())
	case s.err.msg == "raw string literal not terminated" || s.err.msg == "comment not terminated":
		return "incomplete", ""
	case s.err.at >= len(source) || s.hopeful():
		return "incomplete", s.indent()
	}
	return "invalid", ""
}

func unless(complete bool) (status, indent string) {
	if complete {
		return "complete", ""
	}
	return "incomplete", ""
}

// emptyLine reports whether the text ends in a line without anything.
func emptyLine(source string) bool {
	before, ok := strings.CutSuffix(strings.TrimRight(source, " \t\r"), "\n")
	return ok && strings.HasSuffix(strings.TrimRight(before, " \t\r"), "\n")
}

// runs reports whether anything stands behind %%.
func (s *cutter) runs() bool {
	n := len(s.c.Chunks)
	return n > 0 && s.c.Chunks[n-1].Start > s.body
}

// hopeful reports whether the last chunk's mistake can be mended behind it.
func (s *cutter) hopeful() bool {
	n := len(s.c.Chunks)
	if n == 0 || s.err.at < s.c.Chunks[n-1].code {
		return false
	}
	rest := s.c.Source[s.c.Chunks[n-1].code:]
	for _, probe := range probes {
		t := cut(rest + probe)
		if t.check(); t.err == nil || t.err.at >= len(rest) {
			return true
		}
	}
	return false
}

// indent is a tab for each line that leaves a bracket open, or one for a statement that goes on.
func (s *cutter) indent() string {
	depth, line := 0, -1
	for _, b := range s.opens {
		if l, _ := s.c.position(b.at); l != line {
			depth, line = depth+1, l
		}
	}
	return strings.Repeat("\t", max(depth, 1))
}
