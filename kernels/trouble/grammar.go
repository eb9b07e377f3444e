package trouble

import (
	"regexp"
	"strings"
)

var (
	// openings are how the runtime's last words begin, at the start of a line.
	openings = []string{"panic: ", "fatal error: ", "runtime: goroutine stack exceeds ", "unexpected fault address "}
	// signalled is a signal that came while foreign code was running: "SIGABRT: abort".
	signalled = regexp.MustCompile(`^SIG[A-Z]+: [a-z]`)
	goroutine = regexp.MustCompile(`^goroutine (\d+) .*\[(.*)\]:$`)
	register  = regexp.MustCompile(`^[a-z][a-z0-9]{1,7} +0x[0-9a-f]+$`)
)

// failure is how the line begins that package must ends a program with.
const failure = "error: "

// opening is where in the line a dump may begin, -1 if nowhere. A program that wrote half a line before has its dump begin in the middle of one.
func opening(line string) int {
	for _, o := range openings {
		if strings.HasPrefix(line, o) {
			return 0
		}
	}
	if strings.HasPrefix(line, "SIG") && signalled.MatchString(line) {
		return 0
	}
	at := strings.Index(line, openings[0])
	if fatal := strings.Index(line, openings[1]); fatal >= 0 && (at < 0 || fatal < at) {
		at = fatal
	}
	return at
}

// opens tells whether what has come of a line may become the beginning of a dump.
func opens(part string) bool {
	for _, o := range append([]string{failure, "SIG"}, openings...) {
		if strings.HasPrefix(o, part) || strings.HasPrefix(part, o) {
			return true
		}
	}
	return false
}

// heads tells whether a line is the first of a stack.
func heads(line string) bool {
	return goroutine.MatchString(line) || line == "runtime stack:"
}

// inMessage tells whether a line may stand between the beginning of a dump and its first stack: the runtime indents a message's further lines.
func inMessage(line string) bool {
	if line == "" {
		return true
	}
	for _, start := range []string{"\t", "[signal ", "panic: ", "fatal error: ", "runtime: ", "PC=", "signal arrived ", "exit status "} {
		if strings.HasPrefix(line, start) {
			return true
		}
	}
	return false
}

// inStack tells whether a line may stand after the first stack's head: functions, files, registers.
func inStack(line string) bool {
	if line == "" || strings.HasSuffix(line, ")") && strings.Contains(line, "(") || register.MatchString(line) {
		return true
	}
	for _, start := range []string{"\t", "goroutine ", "created by ", "...", "runtime stack:", "runtime: ", "[originating from ", "exit status "} {
		if strings.HasPrefix(line, start) {
			return true
		}
	}
	return false
}

// A tracker tells, line by line, what of a program's stderr may be its last words.
type tracker struct {
	state  state
	strays int // lines within the dump that are none of it: other threads write too
}

type state int

const (
	ordinary state = iota
	closing        // after a line of package must, which is the last one if it is one
	message        // after the beginning of a dump
	stack          // after the head of a stack: it is a dump
)

// patience is how many lines that are none of a dump's it takes to see that the program goes on.
const patience = 16

// verdict is what a line is.
type verdict int

const (
	outside verdict = iota // no part of a dump, and what came before it is none either
	begins                 // a dump may begin here
	inside                 // the dump goes on
)

// next is what the line is, without its end. If a dump begins, at is where.
func (t *tracker) next(line string) (v verdict, at int) {
	at = opening(line)
	switch t.state {
	case closing:
		if strings.HasPrefix(line, "exit status ") {
			return inside, 0
		}
	case message:
		switch {
		case heads(line):
			t.state, t.strays = stack, 0
			return inside, 0
		case inMessage(line) && (at < 0 || t.strays == 0):
			return inside, 0
		case at < 0 && t.strays < patience:
			t.strays++
			return inside, 0
		}
	case stack:
		switch {
		case at != 0 && inStack(line):
			return inside, 0
		case at < 0 && t.strays < patience:
			t.strays++
			return inside, 0
		}
	}
	t.strays = 0
	switch {
	case at >= 0:
		t.state = message
		return begins, at
	case strings.HasPrefix(line, failure):
		t.state = closing
		return begins, 0
	}
	t.state = ordinary
	return outside, 0
}

// lastWords is where in text the dump begins that the program ended with.
func lastWords(text string) (start int, kind state) {
	var t tracker
	from := 0
	for line := range strings.Lines(text) {
		if t.state >= message && !strings.HasSuffix(line, "\n") {
			break // Cut short: nobody knows what the line would have been.
		}
		if v, at := t.next(strings.TrimRight(line, "\r\n")); v == begins {
			start = from + at
		}
		from += len(line)
	}
	if t.state == message && t.strays > 0 {
		return 0, ordinary
	}
	return start, t.state
}
